import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../../scripts/stack/settings.ts'
import { broken, small, type Configuration } from './configurations.ts'
import { verify } from './spin.ts'

const megabytes = 900
/** One of each kind: the provider, TX 2, the promise of a refund. `npm run test:model` runs all. */
const caught = ['FIND', 'NO_COMPARE', 'NO_REFUND_ROW']

t.before(async () => {
  const setup = path.join(root, 'scripts/setup.sh')
  await promisify(execFile)('sh', [setup, 'spin', 'gcc'])
})

t.test('no order, unit or payment is lost, whichever process dies and whenever', async (t) => {
  const wanted = small.find(({ defines }) => defines.includes('RESOLVERS=2'))!
  const { holds, states, violation, trail } = await verify(wanted, megabytes)
  t.ok(holds, violation ?? '', { trail })
  // Every state was visited: a model that stops early has few.
  t.ok(states > 500_000, `${states} states`)
})

for (const configuration of broken.filter(has(caught)))
  t.test(`the model finds the violation when ${configuration.name}`, async (t) => {
    const { holds, violation } = await verify(configuration, megabytes)
    t.notOk(holds)
    t.match(violation, /assertion violated/)
  })

function has(names: string[]) {
  return ({ defines }: Configuration) => defines.some((define) => names.includes(define))
}
