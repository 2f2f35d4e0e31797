import { newId } from '../../lib/ids.ts'
import type { Line } from '../reservation/index.ts'
import { linesOfAnyPrice, mostLines, mostUnits } from './limits.ts'
import { parseCart, type CartReply, type StoredCart } from './stored.ts'

/**
 * `available`: units that can be sold. The cart takes no more than that. undefined: as many as the stock gate says; `none`: the
 * product is not for sale. A product stands in one line, by its id in small letters.
 */
export type ChangedLine = Line & { available?: number | 'none' | undefined }

export type CartChange = {
  /** `add`: the units are added to those of the cart; `set`: they replace them, and 0 removes the line. */
  mode: 'add' | 'set'
  lines: ChangedLine[]
  /** Makes the change once, however often it is asked for. */
  once?: Once | undefined
  /** The cart whose total with this change was checked (`cartState`). */
  checked?: string | undefined
}

/** A key, a hash of what it was sent with, and for how long it is remembered. */
export type Once = { key: string; hash: string; kept_ms: number }

/** The index of a line of the change. */
type Place = { at: number }

export type ChangeAnswer =
  /** `repeated`: the change was made before. `cart`: as it is afterwards; undefined: there is none. */
  | { outcome: 'ok' | 'repeated'; cart: StoredCart | undefined }
  /** `unchecked`: the total of the cart has to be checked first. */
  | { outcome: 'unchecked' }
  /** The stock gate does not know these products: `available` has to be set. */
  | { outcome: 'unknown'; lines: Place[] }
  | { outcome: 'reused' | 'too_many_lines' }
  /** `unsold`: these products are not for sale. */
  | { outcome: 'unsold' | 'too_many_units'; lines: Place[] }
  | { outcome: 'short'; lines: (Place & { wanted: number; available: number })[] }

/** The ARGV of change.lua. */
export function argsOf(
  { mode, lines, once, checked = '' }: CartChange,
  ttl_ms: number,
  epoch: string
) {
  const made = once ? [once.hash, once.kept_ms] : ['', 0]
  const each = lines.flatMap((line) => [line.product_id, line.quantity, line.available ?? ''])
  const limits = [ttl_ms, mostLines, mostUnits]
  return [mode, newId(), ...limits, ...made, linesOfAnyPrice, checked, epoch, ...each]
}

/** What change.lua replies. */
export type ChangeReply =
  | ['ok' | 'repeated', ...CartReply]
  | [Exclude<ChangeAnswer['outcome'], 'ok' | 'repeated'>, ...number[]]

/** @param asked the products of the inventory keys, in their order */
export function parseReply(reply: ChangeReply, asked: string[]): ChangeAnswer {
  switch (reply[0]) {
    case 'ok':
    case 'repeated': {
      const [outcome, ...cart] = reply
      return { outcome, cart: parseCart(cart, asked) }
    }
    case 'short': {
      const [outcome, ...numbers] = reply
      const starts = numbers.keys().filter((n) => n % 3 === 0)
      const lines = [...starts].map((n) => ({
        at: numbers[n]!,
        wanted: numbers[n + 1]!,
        available: numbers[n + 2]!
      }))
      return { outcome, lines }
    }
    case 'unsold':
    case 'unknown':
    case 'too_many_units': {
      const [outcome, ...numbers] = reply
      return { outcome, lines: numbers.map((at) => ({ at })) }
    }
    default:
      return { outcome: reply[0] }
  }
}

/** A cart as change.lua names it: each of its changes is another state. No cart: the state before the first change. */
export const cartState = (cart: { id: string; version: number } | undefined) =>
  cart ? `${cart.id}:${cart.version}` : ':0'
