import t from 'tap'
import { random } from '../../../../scripts/seed/random.ts'
import { epochs, openScripts, type Gate, type Told } from './scripts.ts'
import { twin } from './twin.ts'

const products = ['x', 'y', 'z']
const never = 3_600_000

for (const seed of [1, 2, 3]) {
  t.test(`the scripts answer random calls like their twin (seed ${seed})`, async (t) => {
    const gate = openScripts(t)
    const draw = random(seed)
    const below = (n: number) => Math.floor(draw() * n)
    const some = () => products.filter(() => draw() < 0.6)
    const model = twin(products)
    const words = new Map<string, number>()

    for (let step = 0; step < 700; step++) {
      const hold = `h${below(12)}`
      const epoch = epochs[1 + Math.floor((step + below(40)) / 300)]!
      const kind = draw()
      const names = some()
      if (names.length === 0) continue
      let told: [unknown, unknown]
      if (kind < 0.5) {
        const lines = Object.fromEntries(names.map((name) => [name, 1 + below(3)]))
        const over = draw() < 0.2
        const fresh = draw() < 0.5
        told = [
          await gate.reserve(lines, hold, {
            epoch,
            hold_ms: over ? -1 : never,
            fresh_ms: fresh ? never : -1
          }),
          model.reserve(lines, hold, { epoch, over, fresh })
        ]
        const [word] = told[1] as [string]
        words.set(word, 1 + (words.get(word) ?? 0))
      } else if (kind < 0.95) {
        const lines: Record<string, [number, number, number]> = Object.fromEntries(
          names.map((name) => [name, [below(4), below(12), Math.floor(step / 5) + below(3)]])
        )
        told = [await gate.settle(lines, hold, epoch), model.settle(lines, hold, epoch)]
      } else if (kind < 0.99) {
        told = [await gate.forget(names[0]!), undefined]
        model.forget(names[0]!)
        told[0] = undefined
      } else {
        await gate.flush(products)
        model.flush()
        told = ['flushed', 'flushed']
      }
      const [is, wanted] = [await stateOf(gate), stateOfTwin(model)]
      if (JSON.stringify([told[0], is]) === JSON.stringify([told[1], wanted])) continue
      t.same([told[0], is], [told[1], wanted], `step ${step}`)
      return
    }
    for (const word of ['ok', 'miss', 'refused', 'verify', 'contended'])
      t.ok(words.get(word)! >= 5, `${word} was among the answers`)
  })
}

t.test(
  'pending stays the sum of the holds while eight clients call the scripts at once',
  async (t) => {
    const gate = openScripts(t)
    const versions = new Map(products.map((name) => [name, 1]))
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        const draw = random(worker)
        const mine: [Record<string, number>, string][] = []
        for (let call = 0; call < 250; call++) {
          const kind = draw()
          const lines = Object.fromEntries(
            products.filter(() => draw() < 0.6).map((name) => [name, 1 + Math.floor(draw() * 3)])
          )
          if (Object.keys(lines).length === 0) continue
          const tell = (held: Record<string, number>): Record<string, Told> =>
            Object.fromEntries(
              Object.keys(held).map((name) => {
                const version = versions.get(name)! + 1
                versions.set(name, version)
                return [name, [held[name]!, Math.floor(draw() * 12), version]]
              })
            )
          if (kind < 0.5) {
            const hold = `${worker}-${call}`
            const [word] = await gate.reserve(lines, hold, { hold_ms: 1 + Math.floor(draw() * 60) })
            if (word === 'ok') mine.push([lines, hold])
            if (word === 'miss') await gate.settle(tell(lines))
          } else if (kind < 0.95 && mine.length > 0) {
            const [held, hold] = mine.splice(Math.floor(draw() * mine.length), 1)[0]!
            await gate.settle(tell(held), hold)
          } else if (kind < 0.98) await gate.forget(products[call % 3]!)
          else await gate.flush(products)
          if (call % 10 === 0) t.same(await gate.redis.call('eval', unequal, 0), [])
        }
      })
    )
  }
)

/** Products whose pending is not the sum of their holds. */
const unequal = `
  local found = {}
  for _, key in ipairs(redis.call('KEYS', 'gate_*:inventory:*')) do
    local sum = 0
    for _, member in ipairs(redis.call('ZRANGE', (string.gsub(key, 'inventory', 'inventory_lock')), 0, -1)) do
      sum = sum + tonumber(string.match(member, '^%d+'))
    end
    local pending = redis.call('HGET', key, 'pending')
    if tonumber(pending) ~= sum then found[#found + 1] = key .. ' ' .. pending .. ' ' .. sum end
  end
  return found`

const stateOf = (gate: Gate) =>
  Promise.all(
    products.map(async (name) => {
      const [known, holds] = await Promise.all([gate.known(name), gate.holds(name)])
      return [known.map((value) => value && Number(value)), holds.toSorted()]
    })
  )

const stateOfTwin = (model: ReturnType<typeof twin>) =>
  products.map((name) => {
    const { known, holds } = model.of(name)
    return [
      [known?.quantity ?? null, known?.version ?? null, known?.pending ?? null],
      [...holds.keys()].toSorted()
    ]
  })
