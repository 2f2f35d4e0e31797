import type { Line } from '../reservation/index.ts'

export type CartChange = {
  /** `add`: the units are added to those of the cart; `set`: they replace them, and 0 removes the line. */
  mode: 'add' | 'set'
  /** `available`: units that can be sold. The cart takes no more than that. A product stands in one line, by its id in small letters. */
  lines: (Line & { available: number })[]
  /** Makes the change once, however often it is asked for. */
  once?: Once | undefined
  /** The cart whose total with this change was checked (`cartState`). */
  checked?: string | undefined
}

/** A key, a hash of what it was sent with, and for how long it is remembered. */
export type Once = { key: string; hash: string; kept_ms: number }

/** `at`: the index of a line of the change. */
export type ChangeAnswer =
  /** `repeated`: the change was made before; `unchecked`: the total of the cart has to be checked first. */
  | { outcome: 'ok' | 'repeated' | 'reused' | 'too_many_lines' | 'unchecked' }
  | { outcome: 'short'; lines: { at: number; wanted: number }[] }
  | { outcome: 'too_many_units'; lines: { at: number }[] }

/** What change.lua replies. */
export type ChangeReply = [ChangeAnswer['outcome'], ...number[]]

export function parseReply([outcome, ...numbers]: ChangeReply): ChangeAnswer {
  if (outcome === 'too_many_units') return { outcome, lines: numbers.map((at) => ({ at })) }
  if (outcome !== 'short') return { outcome }
  const lines = numbers.flatMap((at, n) => (n % 2 === 0 ? [{ at, wanted: numbers[n + 1]! }] : []))
  return { outcome, lines }
}

/** A cart as change.lua names it: each of its changes is another state. No cart: the state before the first change. */
export const cartState = (cart: { id: string; version: number } | undefined) =>
  cart ? `${cart.id}:${cart.version}` : ':0'
