import { Type } from 'typebox'
import type { PaymentToken } from '../port.ts'

/** The tokens of the simulated provider. Each is a card that behaves in its own way. */
export const tokens = [
  'tok_success',
  'tok_declined',
  'tok_insufficient_funds',
  'tok_expired_card',
  'tok_timeout', // charged, but the answer is lost
  'tok_error', // not charged, and the answer is lost
  'tok_slow', // charged after two seconds
  'tok_refund_pending', // charged; each refund takes two seconds
  'tok_refund_fails' // charged; each refund is accepted, and fails after two seconds
] as const

export type SimulatedToken = (typeof tokens)[number]

export const token: PaymentToken = {
  schema: Type.Enum([...tokens], { type: 'string' }),
  default: 'tok_success'
}

/** The decline codes of the cards that are declined. */
export const declines = {
  tok_declined: 'card_declined',
  tok_insufficient_funds: 'insufficient_funds',
  tok_expired_card: 'expired_card'
} satisfies Partial<Record<SimulatedToken, string>>

/** The cards whose refunds are not made at once. */
export const refunding = {
  tok_refund_pending: 'slow',
  tok_refund_fails: 'failing'
} satisfies Partial<Record<SimulatedToken, 'slow' | 'failing'>>
