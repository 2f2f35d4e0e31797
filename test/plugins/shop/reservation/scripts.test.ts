import t from 'tap'
import { until } from '../../../support/build.ts'
import { epochs, openScripts } from './scripts.ts'

const gate = openScripts(t)
const { reserve, settle, known, holds } = gate
t.beforeEach(() => gate.flush(['a', 'b']))

t.test('knows nothing of a product that it was not told of', async (t) => {
  t.same(await reserve({ a: 1 }, 'h1'), ['miss', 1])
  await settle({ a: [0, 2, 5] })
  t.same(await reserve({ a: 1, b: 1 }, 'h1'), ['miss', 2])
  t.same(await holds('a'), [], 'all lines or none')
})

t.test('holds all lines, and once however often it is asked', async (t) => {
  t.equal(await settle({ a: [0, 2, 5], b: [0, 1, 7] }), 0, 'nothing was known before')
  for (const time of ['first', 'again']) {
    t.same(await reserve({ a: 2, b: 1 }, 'h1'), ['ok'], time)
    t.same(await known('a'), ['2', '5', '2'])
    t.same(await holds('b'), ['1:h1'])
  }
})

t.test('does not refuse for what others only hold', async (t) => {
  await settle({ a: [0, 2, 5], b: [0, 1, 7] })
  await reserve({ a: 2, b: 1 }, 'h1')
  t.same(await reserve({ a: 1, b: 1 }, 'h2'), ['contended', 1, 2])
})

t.test('refuses by what PostgreSQL said just now, every line that does not fit', async (t) => {
  await settle({ a: [0, 2, 5], b: [0, 1, 7] })
  t.same(await reserve({ a: 3, b: 2 }, 'h1'), ['refused', 1, 2, 2, 1])
  t.same(await reserve({ a: 1, b: 2 }, 'h1'), ['refused', 2, 1])
  t.same(await holds('a'), [])
})

t.test('refuses only when every line is known', async (t) => {
  await settle({ a: [0, 0, 5], b: [0, 0, 7, 1500] })
  t.same(await reserve({ a: 1, b: 1 }, 'h1'), ['verify', 2])
  await settle({ b: [0, 0, 7] })
  t.same(await reserve({ a: 1, b: 1 }, 'h1'), ['refused', 1, 0, 2, 0])
})

t.test('counts no hold that has gone with its key', async (t) => {
  await settle({ a: [0, 2, 5] })
  await reserve({ a: 2 }, 'h1')
  await gate.forgetHolds('a')
  t.same(await reserve({ a: 2 }, 'h2'), ['ok'])
})

t.test('asks for an old number again before it refuses', async (t) => {
  await settle({ a: [0, 0, 5, 1500] })
  t.same(await reserve({ a: 1 }, 'h1'), ['verify', 1])
  await settle({ a: [0, 0, 5] })
  t.same(await reserve({ a: 1 }, 'h1'), ['refused', 1, 0])
  await settle({ a: [0, 0, 5, 5000] })
  t.same(await reserve({ a: 1 }, 'h1'), ['refused', 1, 0], 'a slow reading makes it no older')
  t.same(await reserve({ a: 1 }, 'h1', { fresh_ms: -1 }), ['verify', 1])
})

t.test('drops a hold and takes the new number in one step', async (t) => {
  await settle({ a: [0, 2, 5], b: [0, 1, 7] })
  await reserve({ a: 2, b: 1 }, 'h1')
  t.equal(await settle({ a: [2, 0, 6], b: [1, 0, 8] }, 'h1'), 2, 'both have sold out')
  t.same(await known('a'), ['0', '6', '0'])
  t.same(await holds('a'), [])
  t.equal(await settle({ a: [2, 2, 5] }, 'h1'), 0)
  t.same(await known('a'), ['0', '6', '0'], 'late and again, it changes nothing')
})

t.test('drops a hold about which PostgreSQL says nothing', async (t) => {
  await settle({ a: [0, 2, 5] })
  await reserve({ a: 2 }, 'h1')
  t.equal(await settle({ a: [2, '', ''] }, 'h1'), 0)
  t.same(await known('a'), ['2', '5', '0'])
})

t.test('counts the holds again when the number was lost', async (t) => {
  await settle({ a: [0, 5, 7] })
  await reserve({ a: 2 }, 'h1')
  await gate.forget('a')
  await settle({ a: [0, 5, 7] })
  t.same(await known('a'), ['5', '7', '2'])

  await gate.forget('a')
  await settle({ a: [2, 3, 8] }, 'h1')
  t.same(await known('a'), ['3', '8', '0'], 'never below zero')
})

t.test('lets a hold that nobody settles give way', async (t) => {
  await settle({ a: [0, 3, 1] })
  await reserve({ a: 3 }, 'h1', { hold_ms: 30 })
  await until('the hold to end', async () => (await reserve({ a: 3 }, 'h2'))[0] === 'ok')
  t.same(await known('a'), ['3', '1', '3'])
  t.same(await holds('a'), ['3:h2'])
})

t.test('believes the newest epoch, whatever the versions', async (t) => {
  await settle({ a: [0, 5, 7] })
  await reserve({ a: 3 }, 'h1')
  await settle({ a: [0, 9, 1] }, '', epochs[2])
  t.same(await known('a'), ['9', '1', '3'])
  t.equal(await settle({ a: [0, 3, 99] }, '', epochs[1]), 0)
  t.same(await known('a'), ['9', '1', '3'], 'a node of the old one cannot put it back')
  t.same(await reserve({ a: 1 }, 'h2', { epoch: epochs[3] }), ['miss', 1])
})

t.test('keeps nothing for ever', async (t) => {
  await settle({ a: [0, 5, 7] })
  await reserve({ a: 3 }, 'h1')
  for (const key of ['inventory:{a}', 'inventory_lock:{a}']) t.ok((await gate.redis.pttl(key)) > 0)
})
