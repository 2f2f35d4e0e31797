import t from 'tap'
import { until } from '../../../support/build.ts'
import { epochs, openScripts } from './scripts.ts'

const gate = openScripts(t)
const { reserve, settle, known, holds } = gate
t.beforeEach(() => gate.flush(['a', 'b']))

t.test('reserve.lua misses a product that settle.lua has not installed', async (t) => {
  t.same(await reserve({ a: 1 }, 'h1'), ['miss', 1])
  await settle({ a: [0, 2, 5] })
  t.same(await reserve({ a: 1, b: 1 }, 'h1'), ['miss', 2])
  t.same(await holds('a'), [], 'all lines or none')
})

t.test('reserve.lua holds all lines, and a repeat holds nothing twice', async (t) => {
  t.equal(await settle({ a: [0, 2, 5], b: [0, 1, 7] }), 0, 'nothing was known before')
  for (const time of ['first', 'again']) {
    t.same(await reserve({ a: 2, b: 1 }, 'h1'), ['ok'], time)
    t.same(await known('a'), ['2', '5', '2'])
    t.same(await holds('b'), ['1:h1'])
  }
})

t.test('reserve.lua does not refuse because of units that others hold', async (t) => {
  await settle({ a: [0, 2, 5], b: [0, 1, 7] })
  await reserve({ a: 2, b: 1 }, 'h1')
  t.same(await reserve({ a: 1, b: 1 }, 'h2'), ['contended', 1, 2])
})

t.test(
  'reserve.lua refuses by a fresh number, and lists every line that does not fit',
  async (t) => {
    await settle({ a: [0, 2, 5], b: [0, 1, 7] })
    t.same(await reserve({ a: 3, b: 2 }, 'h1'), ['refused', 1, 2, 2, 1])
    t.same(await reserve({ a: 1, b: 2 }, 'h1'), ['refused', 2, 1])
    t.same(await holds('a'), [])
  }
)

t.test('reserve.lua refuses only when every line is known', async (t) => {
  await settle({ a: [0, 0, 5], b: [0, 0, 7, 1500] })
  t.same(await reserve({ a: 1, b: 1 }, 'h1'), ['verify', 2])
  await settle({ b: [0, 0, 7] })
  t.same(await reserve({ a: 1, b: 1 }, 'h1'), ['refused', 1, 0, 2, 0])
})

t.test('reserve.lua does not count holds whose key has expired', async (t) => {
  await settle({ a: [0, 2, 5] })
  await reserve({ a: 2 }, 'h1')
  await gate.forgetHolds('a')
  t.same(await reserve({ a: 2 }, 'h2'), ['ok'])
})

t.test('reserve.lua has an old number verified before it refuses', async (t) => {
  await settle({ a: [0, 0, 5, 1500] })
  t.same(await reserve({ a: 1 }, 'h1'), ['verify', 1])
  await settle({ a: [0, 0, 5] })
  t.same(await reserve({ a: 1 }, 'h1'), ['refused', 1, 0])
  await settle({ a: [0, 0, 5, 5000] })
  t.same(await reserve({ a: 1 }, 'h1'), ['refused', 1, 0], 'a slow reading makes it no older')
  t.same(await reserve({ a: 1 }, 'h1', { fresh_ms: -1 }), ['verify', 1])
})

t.test('settle.lua drops a hold and installs the new number in one step', async (t) => {
  await settle({ a: [0, 2, 5], b: [0, 1, 7] })
  await reserve({ a: 2, b: 1 }, 'h1')
  t.equal(await settle({ a: [2, 0, 6], b: [1, 0, 8] }, 'h1'), 2, 'both have sold out')
  t.same(await known('a'), ['0', '6', '0'])
  t.same(await holds('a'), [])
  t.equal(await settle({ a: [2, 2, 5] }, 'h1'), 0)
  t.same(await known('a'), ['0', '6', '0'], 'late and again, it changes nothing')
})

t.test('settle.lua drops a hold when PostgreSQL gave no number', async (t) => {
  await settle({ a: [0, 2, 5] })
  await reserve({ a: 2 }, 'h1')
  t.equal(await settle({ a: [2, '', ''] }, 'h1'), 0)
  t.same(await known('a'), ['2', '5', '0'])
})

t.test('settle.lua counts the holds again when the number was lost', async (t) => {
  await settle({ a: [0, 5, 7] })
  await reserve({ a: 2 }, 'h1')
  await gate.forget('a')
  await settle({ a: [0, 5, 7] })
  t.same(await known('a'), ['5', '7', '2'])

  await gate.forget('a')
  await settle({ a: [2, 3, 8] }, 'h1')
  t.same(await known('a'), ['3', '8', '0'], 'never below zero')
})

t.test('reserve.lua drops a hold that has ended without settle.lua', async (t) => {
  await settle({ a: [0, 3, 1] })
  await reserve({ a: 3 }, 'h1', { hold_ms: 30 })
  await until('the hold to end', async () => (await reserve({ a: 3 }, 'h2'))[0] === 'ok')
  t.same(await known('a'), ['3', '1', '3'])
  t.same(await holds('a'), ['3:h2'])
})

t.test('settle.lua takes the number of the newest epoch, whatever its version', async (t) => {
  await settle({ a: [0, 5, 7] })
  await reserve({ a: 3 }, 'h1')
  await settle({ a: [0, 9, 1] }, '', epochs[2])
  t.same(await known('a'), ['9', '1', '3'])
  t.equal(await settle({ a: [0, 3, 99] }, '', epochs[1]), 0)
  t.same(await known('a'), ['9', '1', '3'], 'a node of the old one cannot put it back')
  t.same(await reserve({ a: 1 }, 'h2', { epoch: epochs[3] }), ['miss', 1])
})

t.test('the keys of the gate expire', async (t) => {
  await settle({ a: [0, 5, 7] })
  await reserve({ a: 3 }, 'h1')
  for (const key of ['inventory:{a}', 'inventory_lock:{a}']) t.ok((await gate.redis.pttl(key)) > 0)
})
