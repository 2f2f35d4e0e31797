import type { Test } from 'tap'

/** A name, and the state that it leads to. */
export type Step<State> = [name: string, next: State]

export type Model<State> = {
  init: State
  /** Everything that may happen next, one step of one party each. */
  steps: (state: State) => Step<State>[]
  /** What is wrong with a state. */
  wrong?: (state: State) => string | undefined
  /** What is wrong with a state in which nothing can happen any more. */
  wrongAtRest?: (state: State) => string | undefined
}

type Found = {
  /** undefined: it holds in every state. */
  problem: string | undefined
  /** The shortest way there. */
  way: string[]
  states: number
}

/** Nothing is wrong in any state. */
export function holds<State>(t: Test, model: Model<State>) {
  const { problem, way, states } = explore(model)
  t.equal(problem, undefined, way.join(' | '))
  t.comment(`${states} states`)
}

/** This is wrong in some state, and in none that takes fewer steps. */
export function breaks<State>(t: Test, model: Model<State>, wanted: RegExp, steps?: number) {
  const { problem, way } = explore(model)
  t.match(problem, wanted)
  if (steps !== undefined) t.equal(way.length, steps)
  t.comment(`in ${way.length} steps: ${way.join(' | ')}`)
}

/** Visits every state that can be reached, nearest first. States are plain data without undefined. */
function explore<State>({ init, steps, wrong, wrongAtRest }: Model<State>): Found {
  const first = JSON.stringify(init)
  const seen = new Map<string, { from: string; name: string } | undefined>([[first, undefined]])

  // A Map is walked in the order of insertion, and goes on to what is inserted meanwhile: breadth first.
  for (const key of seen.keys()) {
    const state = JSON.parse(key) as State
    const next = steps(state)
    const problem = wrong?.(state) ?? (next.length === 0 ? wrongAtRest?.(state) : undefined)
    if (problem !== undefined) return { problem, way: wayTo(key), states: seen.size }
    for (const [name, to] of next) {
      const text = JSON.stringify(to)
      if (!seen.has(text)) seen.set(text, { from: key, name })
    }
  }
  return { problem: undefined, way: [], states: seen.size }

  function wayTo(end: string) {
    const way: string[] = []
    for (let step = seen.get(end); step; step = seen.get(step.from)) way.unshift(step.name)
    return way
  }
}

/** Collects the steps of a state: each changes a copy of it. */
export function stepsOf<State>(state: State) {
  const steps: Step<State>[] = []
  const text = JSON.stringify(state)
  return {
    steps,
    step(name: string, change: (copy: State) => void) {
      const copy = JSON.parse(text) as State
      change(copy)
      steps.push([name, copy])
    }
  }
}
