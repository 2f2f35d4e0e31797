import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { build, environmentOf } from '../support/build.ts'
import { isLong } from '../system/flows.ts'
import { operations, type Operation } from './operations.ts'
import { complaintsOf, createComplaints, outcomeOf } from './outcome.ts'
import { pausing, serially, shuffled } from './picks.ts'
import { interleave, type Actor, type Pick } from './schedule.ts'
import { setScene } from './scene.ts'
import { watch } from './watch.ts'

/*
 * The attacks of ACIDRain (Warszawski and Bailis, SIGMOD 2017) on shops, all of them: any two requests at the same time, in
 * every order of their statements that a seed comes up with. Every invariant holds afterwards, and the outcome is one
 * that the requests could have had one after the other.
 */

export type Pair = [Operation, Operation]

/** Each operation with each, and with itself. */
export const pairs = operations
  .flatMap((one, at) => operations.slice(at).map((other): Pair => [one, other]))
  .filter(([one, other]) => (one.meets?.(other) ?? true) && (other.meets?.(one) ?? true))

/** One pair alone, or one of its interleavings, by the name that a failure tells. */
const replay = process.env.PAIRS

/** In how many scenes a pair meets, and in how many ways in each. */
type Extent = [scenes: number, interleavings: number]
const usual: Extent = [3, 7]
/** 300 interleavings a pair: by `npm run test:long`, and of a pair that is named. */
const far: Extent = [20, 15]

/** Lets the operations of every pair meet in a few scenes, each time in many ways. */
export async function meet(t: Test, wanted: Pair[], extent = usual) {
  const [scenes, interleavings] = replay || (isLong && extent === usual) ? far : extent
  t.setTimeout(isLong ? 1_800_000 : 300_000)
  const shops = [await openShop(t)]
  // A second shop: a pair waits for the answers of servers, and another one computes meanwhile.
  if (wanted.length > 30) shops.push(await openShop(t))
  t.jobs = shops.length
  watch(t, shops.flat())
  for (const pair of wanted) {
    const name = pair.map((operation) => operation.name).join(' + ')
    if (replay && replay !== name && !replay.startsWith(`${name},`)) continue
    t.test(
      `every invariant holds when these requests meet: ${name}`,
      { buffered: true },
      async (t) => {
        const nodes = shops.pop()!
        t.teardown(() => shops.push(nodes))
        await clear(nodes[0]!)
        for (let scene = 1; scene <= scenes; scene++) {
          const known = knownOutcomes(nodes, pair, scene)
          for (let n = 1; n <= interleavings; n++) {
            const seed = `${name}, scene ${scene}, ${n}`
            if (replay && replay !== name && replay !== seed) continue
            const { wrong, outcome, schedule } = await play(nodes, pair, scene, {
              pick: shuffled(seed)
            })
            const hint = { 'again by': `PAIRS='${seed}'`, schedule }
            t.same(wrong, [], 'nothing is wrong', hint)
            t.ok(await known.includes(outcome), outcome, { ...hint, ...known.list() })
          }
        }
      }
    )
  }
}

/** Two nodes of a shop of their own. */
async function openShop(t: Test): Promise<FastifyInstance[]> {
  const env = { RESOLVER_INTERVAL_MS: '60000' }
  const node = await build(t, env)
  await createComplaints(node)
  return [node, await build(t, env, { like: node })]
}

/**
 * Where other requests may come between the steps of a checkout by design: before TX 1, before the charge, before TX 2, and
 * after a lost answer of the provider.
 */
const seams = ['place', 'charge', 'finish', 'update "payments"']

/** What one of two checkouts may be answered while the other holds the stock, however the other ends. */
const turnedAway = '409 insufficient_stock'

type Course = { pick: Pick; away?: Actor }

/**
 * The outcomes that are allowed: those of one request after the other; for a checkout, which is more than one transaction,
 * those of the whole other request at one of its seams; for two checkouts, those in which one is refused. Each is played only when an outcome has to be compared.
 */
function knownOutcomes(nodes: FastifyInstance[], pair: Pair, scene: number) {
  const buyers = actors.filter((_, at) => pair[at]!.buys)
  const untried: Course[] = [
    ...actors.map((first) => ({ pick: serially(first) })),
    ...buyers.flatMap((first) => seams.map((seam) => ({ pick: pausing(first, seam) }))),
    ...(buyers.length === 2 ? actors.map((away) => ({ pick: serially('A'), away })) : [])
  ]
  const known: string[] = []
  return {
    list: () => ({ known }),
    async includes(outcome: string) {
      while (!known.includes(outcome)) {
        const next = untried.shift()
        if (!next) return false
        const { wrong, outcome: one } = await play(nodes, pair, scene, next)
        known.push(wrong.length === 0 ? one : `wrong: ${wrong.join()}`)
      }
      return true
    }
  }
}

/** @returns what is wrong, the outcome (answers and state) as text, and the schedule */
async function play(nodes: FastifyInstance[], pair: Pair, number: number, course: Course) {
  const scene = await setScene(nodes, pair, number)
  const act = (at: 0 | 1) => async () =>
    course.away === actors[at] ? turnedAway : pair[at].does(scene, scene.nodes[at], at)
  const { answers, schedule } = await interleave({ A: act(0), B: act(1) }, course.pick)
  const told = answers.map((answer) =>
    answer.status === 'fulfilled' ? answer.value : String(answer.reason)
  )
  const wrong = await complaintsOf(scene, nodes[0]!)
  told.forEach((answer, at) => {
    if (!pair[at]!.answers.includes(answer)) wrong.push(`${pair[at]!.name}: ${answer}`)
  })
  const outcome = JSON.stringify({ told, ...(await outcomeOf(scene, nodes[0]!)) })
  return { wrong, outcome, schedule }
}

const actors = ['A', 'B'] as const

/** Every invariant reads all rows after every play: there should be few. */
const clear = (node: FastifyInstance) =>
  environmentOf(node).sql.query('truncate orders, products, outbox cascade')
