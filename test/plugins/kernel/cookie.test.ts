import { randomUUID } from 'node:crypto'
import t from 'tap'
import { signedId } from '../../../plugins/kernel/session/cookie.ts'

/** How many signatures are checked of a header with these values. */
function checksOf(values: string[]): number {
  let checks = 0
  signedId(values.map((value) => `sid=${value}`).join('; '), 'sid', () => {
    checks++
    return { valid: false, renew: false, value: null }
  })
  return checks
}

t.test('a request makes a node check few signatures, however many cookies it has', async (t) => {
  const signature = 'x'.repeat(43)
  const forged = Array.from({ length: 380 }, () => `${randomUUID()}.${signature}`)
  t.equal(checksOf(Array<string>(4700).fill('.x')), 0, 'values of another form')
  t.equal(checksOf(Array<string>(380).fill(forged[0]!)), 1, 'one value many times')
  t.equal(checksOf(forged.slice(0, 50)), 50)
  t.equal(checksOf(forged), 100)
})
