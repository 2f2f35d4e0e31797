import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { batched } from '../../../plugins/lib/batched.ts'

type Gate = { batches: number[][]; alone: number[]; open: () => void; close: () => void }

function checked(input: number): number {
  if (input < 0) throw new Error(`${input} is negative`)
  return input * 2
}

/** Doubles numbers. While the gate is closed a batch stays under way. */
function doubling(limits: Partial<Parameters<typeof batched<number, number>>[1]> = {}) {
  let wait: Promise<void> = Promise.resolve()
  const gate: Gate = {
    batches: [],
    alone: [],
    open() {},
    close() {
      const { promise, resolve } = Promise.withResolvers<void>()
      wait = promise
      gate.open = resolve
    }
  }
  const double = batched<number, number>(
    async (inputs) => {
      gate.batches.push(inputs)
      await wait
      return inputs.map(checked)
    },
    {
      most: 4,
      async alone(input) {
        gate.alone.push(input)
        return checked(input)
      },
      concernsAll: () => false,
      ...limits
    }
  )
  return { double, gate }
}

/** Asks for `inputs` while a batch is under way, and lets it end. */
async function askBehind({ double, gate }: ReturnType<typeof doubling>, inputs: number[]) {
  gate.close()
  const first = double(0)
  await nextTurn()
  const answers = Promise.allSettled(inputs.map(double))
  gate.open()
  await first
  return answers
}

const values = (answers: PromiseSettledResult<number>[]) =>
  answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.message))

t.test('inputs of one turn of the event loop leave together', async (t) => {
  const { double, gate } = doubling()
  t.same(await Promise.all([double(1), double(2)]), [2, 4])
  t.same(gate.batches, [[1, 2]])
})

t.test('inputs that come while a batch is under way leave together, as many as fit', async (t) => {
  const trial = doubling()
  t.same(values(await askBehind(trial, [1, 2, 3, 4, 5])), [2, 4, 6, 8, 10])
  t.same(trial.gate.batches, [[0], [1, 2, 3, 4], [5]])
})

t.test('a batch holds no more than its weight, but for a single input', async (t) => {
  const trial = doubling({ weight: { of: (input) => input, most: 10 } })
  await askBehind(trial, [6, 4, 1, 20, 2])
  t.same(trial.gate.batches, [[0], [6, 4], [1], [20], [2]])
})

t.test('inputs with a key in common are never in one batch, and keep their order', async (t) => {
  const trial = doubling({ keys: (input) => [String(input % 10), String(Math.floor(input / 10))] })
  // 12 shares a key with 11 and with 32, which must not overtake it.
  await askBehind(trial, [11, 12, 32, 45])
  t.same(trial.gate.batches, [[0], [11, 45], [12], [32]])
})

t.test('a bad input fails alone', async (t) => {
  const trial = doubling()
  t.same(values(await askBehind(trial, [1, 2, -3, 4, 5])), [2, 4, '-3 is negative', 8, 10])
  t.same(trial.gate.batches, [[0], [1, 2, -3, 4], [5]])
  t.same(trial.gate.alone, [1, 2, -3, 4])
})

t.test('inputs are not tried alone after an error that concerns all', async (t) => {
  const trial = doubling({ concernsAll: () => true })
  t.same(values(await askBehind(trial, [1, -2])), Array(2).fill('-2 is negative'))
  t.same(trial.gate.alone, [])
})

t.test('an input that has waited too long is refused and never worked on', async (t) => {
  const trial = doubling({ patience: { ms: -1, refusal: () => new Error('too late') } })
  t.same(await Promise.allSettled([trial.double(1)]).then(values), ['too late'])
  t.same(trial.gate.batches, [])
})

t.test('a later input is answered after one that was refused', async (t) => {
  let ms = -1
  const patience = {
    get ms() {
      return ms
    },
    refusal: () => new Error('too late')
  }
  const { double } = doubling({ patience })
  await t.rejects(double(1), { message: 'too late' })
  ms = 1000
  t.equal(await double(2), 4)
})
