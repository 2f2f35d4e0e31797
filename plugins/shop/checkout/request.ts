import { createHash } from 'node:crypto'
import type { Line } from '../reservation/index.ts'

/** `POST /checkout`: who buys what, and how it is paid. */
export type CheckoutRequest = {
  session: string
  /** The client's address, by which pending orders are limited. */
  ip: string
  /** The Idempotency-Key header. A request without one is told apart by its cart. */
  key: string | undefined
  body: {
    email: string
    shipping_address?: object
    payment?: { token: string }
    expected_total?: { amount: number; currency: string }
    /** Bought instead of the cart, which stays untouched. */
    items?: Line[]
  }
}

/** A request that the checkout has begun to work on. */
export type Attempt = CheckoutRequest & {
  /** SHA-256 of the body. A repeat of the request has the same. */
  hash: Buffer
  /** The database's clock when the request first asked it: TX 1 refuses an attempt that took too long. */
  begun: Date
}

/** SHA-256 of a body. The order of its members does not matter. */
export const requestHash = (body: unknown) => createHash('sha256').update(canonical(body)).digest()

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    isRecord(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
