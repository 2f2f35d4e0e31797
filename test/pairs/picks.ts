import { random, seedOf } from '../../scripts/seed/random.ts'
import type { Actor, Pick } from './schedule.ts'

/** One after the other. */
export const serially = (first: Actor): Pick => pausing(first, undefined)

/** One until it stands before the step of this name, then all of the other, then the rest. */
export function pausing(first: Actor, before: string | undefined): Pick {
  let paused = false
  return (standing, acting) => {
    const own = standing.find(({ actor }) => actor === first)
    const foreign = standing.find(({ actor }) => actor !== first)
    if (before && own?.name.includes(before)) paused = true
    // The other actor goes on only when this one is done, however long that takes.
    const isOver = ![...acting].some((actor) => (actor === first) !== paused)
    const next = paused ? (foreign ?? (isOver && own)) : (own ?? (isOver && foreign))
    return next ? [next] : []
  }
}

/** In a random order, the same for the same seed; one step in five at the same time as one of the other actor's. */
export function shuffled(seed: string): Pick {
  const draw = random(seedOf(seed))
  const favour = draw()
  return (standing) => {
    const oneOf = (who: Actor) => {
      const steps = standing.filter(({ actor }) => actor === who)
      return steps[Math.floor(draw() * steps.length)]
    }
    const [a, b] = [oneOf('A'), oneOf('B')]
    if (!a || !b) return [(a ?? b)!]
    if (draw() < 0.2) return draw() < 0.5 ? [a, b] : [b, a]
    return [draw() < favour ? a : b]
  }
}
