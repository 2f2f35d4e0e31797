import type { Answer, Ask, Money, Question } from './client.ts'

/** ok: it was done; failed: it was refused and nothing was done; unknown: it was done, will be done, or never. */
export type Result = 'ok' | 'failed' | 'unknown'

/** One request as its client saw it. Times are in milliseconds since the beginning. */
export type Operation = {
  name: string
  invoked: number
  completed: number
  result: Result
  status: number | undefined
  code: string | undefined
}

export type Line = { product_id: string; quantity: number }

/** One purchase, however often its checkout is repeated. */
export type Purchase = {
  /** The buyer's session; null: the buyer names none, and no answer has told one yet. */
  session: string | null
  /** Whether the buyer has named no session. */
  is_nameless: boolean
  /** The idempotency key; undefined: the cart identifies the purchase. */
  key: string | undefined
  /** The items in the request's body; undefined: those of the cart. */
  items: Line[] | undefined
  body: object
  expected: Money | undefined
  attempts: (Operation & { order_id: string | undefined; total: number | undefined })[]
  /** Whether the buyer asked to cancel the order, and whether the answer said that it was cancelled. */
  cancelled: 'never' | 'asked' | 'confirmed'
}

/** A change of a unit price. */
export type PriceChange = Operation & { amount: number; version: number | undefined }
/** An adjustment of stock, repeated under one key until its outcome was certain. */
export type Adjustment = { key: string; delta: number; outcome: 'made' | 'refused' | 'uncertain' }
/** A product as a client read it. */
export type Reading = Operation & { amount: number; version: number }

export type Product = {
  id: string
  currency: string
  initial: number
  prices: PriceChange[]
  adjustments: Adjustment[]
  readings: Reading[]
}

/** A product that costs nothing. Its price stays 0. */
export const isFree = ({ prices }: Product) => prices[0]?.amount === 0

/** A violation that was seen in an answer already. */
export type Surprise = { what: string; about: unknown }

export type History = {
  operations: Operation[]
  purchases: Purchase[]
  products: Product[]
  surprises: Surprise[]
  clock: () => number
  /** Sends a request, and records it with its outcome. */
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
