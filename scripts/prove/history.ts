import type { Answer, Ask, Money, Question } from './client.ts'

/** ok: it was done; failed: it was refused, nothing was done; unknown: it may have been done, or may be still. */
export type Result = 'ok' | 'failed' | 'unknown'

/** One question as its asker saw it, in milliseconds since the beginning. */
export type Operation = {
  name: string
  invoked: number
  completed: number
  result: Result
  status: number | undefined
  code: string | undefined
}

export type Line = { product_id: string; quantity: number }

/** Something that a buyer wants once, however often it is asked for. */
export type Purchase = {
  session: string
  /** Undefined: the cart is the key. */
  key: string | undefined
  /** Bought from the body; else from the cart. */
  items: Line[] | undefined
  body: object
  expected: Money | undefined
  attempts: (Operation & { order_id: string | undefined; total: number | undefined })[]
  /** Whether the buyer asked to cancel the order, and was told that it was. */
  cancelled: 'never' | 'asked' | 'told'
}

/** A unit price that was asked for. */
export type PriceChange = Operation & { amount: number; version: number | undefined }
/** Asked for under one key until it was certain, or given up. */
export type Adjustment = { key: string; delta: number; outcome: 'made' | 'refused' | 'uncertain' }
/** What somebody was shown. */
export type Reading = Operation & { amount: number; version: number }

export type Product = {
  id: string
  currency: string
  initial: number
  prices: PriceChange[]
  adjustments: Adjustment[]
  readings: Reading[]
}

/** A promise that an answer broke at once. */
export type Surprise = { what: string; about: unknown }

export type History = {
  operations: Operation[]
  purchases: Purchase[]
  products: Product[]
  surprises: Surprise[]
  clock: () => number
  /** Asks, and writes down that it was asked and what came of it. */
  run(
    name: string,
    question: Question
  ): Promise<{ operation: Operation; answer: Answer | undefined }>
}

export function newHistory(ask: Ask): History {
  const began = performance.now()
  const clock = () => performance.now() - began
  const operations: Operation[] = []
  return {
    operations,
    purchases: [],
    products: [],
    surprises: [],
    clock,
    async run(name, question) {
      const invoked = clock()
      const operation: Operation = {
        name,
        invoked,
        completed: Infinity,
        result: 'unknown',
        status: undefined,
        code: undefined
      }
      operations.push(operation)
      const answer = await ask(question)
      operation.completed = clock()
      operation.status = answer?.status
      operation.code = answer?.body.code
      operation.result = resultOf(answer)
      return { operation, answer }
    }
  }
}

function resultOf(answer: Answer | undefined): Result {
  if (!answer || answer.status >= 500) return 'unknown'
  return answer.status < 400 ? 'ok' : 'failed'
}
