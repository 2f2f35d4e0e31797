import type { Redis } from 'ioredis'

/** One question: the name of its script, its keys and its arguments. */
export type Question = { name: string; keys: string[]; args: (string | number)[] }

/** Sends these questions to Redis in one call, and answers their replies in the same order. */
export type Send = (redis: Redis, questions: Question[]) => Promise<unknown[]>

type Asked = {
  question: Question
  resolve: (reply: never) => void
  reject: (err: unknown) => void
}

/** Redis does nothing else while it answers a call: so many questions and keys a call at most. */
const mostQuestions = 64
const mostKeys = 1024

/**
 * Collects what is asked in one turn of the event loop and sends it when the turn ends: one call to each Redis, or a few when
 * it is much.
 */
export function together(send: Send) {
  let waiting: Map<Redis, Asked[]> | undefined
  let shared = new Map<unknown, Promise<unknown>>()

  /** A question that has left is not shared any more. */
  function leave() {
    const leaving = waiting!
    waiting = undefined
    shared = new Map()
    for (const [redis, asked] of leaving) for (const part of parts(asked)) void answer(redis, part)
  }

  async function answer(redis: Redis, asked: Asked[]) {
    const questions = asked.map(({ question }) => question)
    const replies = await send(redis, questions).catch((err: unknown) => questions.map(() => err))
    asked.forEach(({ resolve, reject }, at) => {
      const reply = replies[at]
      if (reply instanceof Error) reject(reply)
      else resolve(reply as never)
    })
  }

  function turn(): Map<Redis, Asked[]> {
    if (waiting) return waiting
    setImmediate(leave)
    return (waiting = new Map())
  }

  return {
    ask<T>(redis: Redis, question: Question): Promise<T> {
      const asked = turn()
      const list = asked.get(redis) ?? []
      if (list.length === 0) asked.set(redis, list)
      return new Promise<T>((resolve, reject) => list.push({ question, resolve, reject }))
    },

    once<T>(name: unknown, ask: () => Promise<T>): Promise<T> {
      const known = shared.get(name) as Promise<T> | undefined
      if (known) return known
      turn()
      const made = ask()
      shared.set(name, made)
      return made
    }
  }
}

/** The questions in their order, cut where a call would be too large. */
function parts(asked: Asked[]): Asked[][] {
  const all: Asked[][] = []
  let keys = mostKeys
  for (const one of asked) {
    keys += one.question.keys.length
    if (keys > mostKeys || all.at(-1)!.length === mostQuestions) {
      all.push([])
      keys = one.question.keys.length
    }
    all.at(-1)!.push(one)
  }
  return all
}
