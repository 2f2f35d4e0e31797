import fp from 'fastify-plugin'
import type { Redis, Result } from 'ioredis'
import { script } from '../../lib/script.ts'
import { together, type Question } from './together.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** questions.lua */
    answerQuestions(keys: number, ...args: (string | number)[]): Result<unknown[], Context>
  }
}

export type Questions = {
  /**
   * Names a question by its Lua script, which reads its own KEYS and ARGV and returns its reply, as if it were called by itself.
   */
  define: (name: string, lua: string) => void
  /**
   * Asks a Redis. What the node asks in one turn of the event loop goes to each Redis in one call, at the end of the turn.
   * Rejects when this Redis is unreachable, or when the script of this question failed.
   */
  ask: <T>(redis: Redis, question: Question) => Promise<T>
  /**
   * Runs `ask` once a turn for all callers that give the same name (compared as the keys of a Map).
   * Only questions that have not been sent are shared: an answer to one that was sent earlier may be older than a later caller.
   */
  once: <T>(name: unknown, ask: () => Promise<T>) => Promise<T>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Questions to Redis, asked together. */
    questions: Questions
  }
}

/**
 * Most requests ask Redis something, and a call costs a node more than its answer costs Redis. So the questions of all
 * requests of a turn share a call. Each is answered after it was asked, never by the answer to an earlier one.
 */
export default fp(async (fastify) => void fastify.decorate('questions', openQuestions()), {
  name: 'questions',
  dependencies: ['redis']
})

export function openQuestions(): Questions {
  const scripts = new Map<string, string>()
  /** The connections that know the scripts as they are now. */
  let ready = new WeakSet<Redis>()

  async function send(redis: Redis, questions: Question[]) {
    if (!ready.has(redis)) redis.defineCommand('answerQuestions', { lua: scriptOf(scripts) })
    ready.add(redis)
    const keys = questions.flatMap((question) => question.keys)
    const args = questions.flatMap(({ name, keys: its, args: its_args }) => [
      name,
      its.length,
      its_args.length,
      ...its_args
    ])
    const replies = redis.answerQuestions(keys.length, ...keys, ...args)
    // They have waited for the end of a turn already.
    redis.stream?.uncork()
    return replies
  }

  return {
    define(name, lua) {
      scripts.set(name, lua)
      ready = new WeakSet()
    },
    ...together(send)
  }
}

/** The scripts as functions that take KEYS and ARGV, and behind them the text that calls them. */
function scriptOf(scripts: Map<string, string>): string {
  const functions = [...scripts].map(
    ([name, lua]) => `questions[${JSON.stringify(name)}] = function(KEYS, ARGV)\n${lua}\nend\n`
  )
  return `local questions = {}\n${functions.join('')}${script(import.meta, 'questions.lua')}`
}
