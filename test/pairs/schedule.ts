import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

/*
 * A scheduler of requests. Before every step (a statement, a Redis command, a call of the provider) a request stands still,
 * and goes on when it is let go. Only the order of two steps that are let go at the same time is left to chance.
 */

export type Actor = 'A' | 'B'

export type Step = { actor: Actor; name: string; go: () => void }

/**
 * Which of those that stand go on next: one, or several at the same time, or none as long as nothing happens. An
 * actor that acts and does not stand needs long, or waits for the other.
 */
export type Pick = (standing: Step[], acting: ReadonlySet<Actor>) => Step[]

export type Played<T> = {
  /** The answers that the actors got. */
  answers: PromiseSettledResult<T>[]
  /** The steps in their order, a line each; those that went together on one line. */
  schedule: string[]
}

type Play = {
  standing: Step[]
  /** How many steps of an actor were let go and have no answer yet. */
  sent: Record<Actor, number>
  /** The actors that are not done. */
  acting: Set<Actor>
  schedule: string[]
  /** Called when a step has begun to wait, was answered, or an actor is done. */
  wake: () => void
}

/** Longer than a request needs from an answer to its next question. An actor that needs longer waits for the other. */
const graceMs = 10
const stuckMs = 10_000

const roles = new AsyncLocalStorage<{ play: Play; actor: Actor }>()

/** Does both works at once, step by step as `pick` says. */
export async function interleave<T>(
  works: Record<Actor, () => Promise<T>>,
  pick: Pick
): Promise<Played<T>> {
  const play: Play = {
    standing: [],
    sent: { A: 0, B: 0 },
    acting: new Set(['A', 'B']),
    schedule: [],
    wake: () => {}
  }
  const act = (actor: Actor) =>
    roles.run({ play, actor }, async () => {
      try {
        await step('begins', () => {})
        return await works[actor]()
      } finally {
        play.acting.delete(actor)
        play.wake()
      }
    })
  const acts = Promise.allSettled([act('A'), act('B')])
  while (await comeToRest(play)) {
    const chosen = pick(play.standing, play.acting)
    if (chosen.length === 0) {
      await somethingHappens(play, stuckMs)
      continue
    }
    play.standing = play.standing.filter((one) => !chosen.includes(one))
    play.schedule.push(chosen.map(({ actor, name }) => `${actor} ${name}`).join('  |  '))
    for (const one of chosen) one.go()
  }
  return { answers: await acts, schedule: play.schedule }
}

/** Stands still until it is let go, then does the work. Outside of a play it just does it. */
export async function step<T>(name: string, work: () => T): Promise<Awaited<T>> {
  const role = roles.getStore()
  if (!role) return await work()
  const { play, actor } = role
  await new Promise<void>((go) => {
    play.standing.push({ actor, name, go })
    play.wake()
  })
  play.sent[actor]++
  try {
    return await work()
  } finally {
    play.sent[actor]--
    play.wake()
  }
}

/** True when a step has to be let go, false when both actors are done. */
async function comeToRest(play: Play): Promise<boolean> {
  const { acting, sent } = play
  for (;;) {
    // An actor that sends two things at once has sent both.
    await nextTurn()
    const { standing } = play
    if (acting.size === 0 && standing.length === 0) return false
    const rests = (one: Actor) => sent[one] === 0 && standing.some(({ actor }) => actor === one)
    if ([...acting].every(rests)) return true
    if (standing.length === 0) await somethingHappens(play, stuckMs)
    else if (!(await happens(play, graceMs))) return true
  }
}

/** @throws when nothing does in this time */
async function somethingHappens(play: Play, ms: number) {
  if (!(await happens(play, ms))) throw new Error(`no actor goes on:\n${play.schedule.join('\n')}`)
}

function happens(play: Play, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    play.wake = () => {
      clearTimeout(timer)
      resolve(true)
    }
  })
}
