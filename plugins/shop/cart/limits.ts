import { mostPrice } from '../../kernel/http/schemas.ts'

/** How many products a cart holds at most. */
export const mostLines = 100

/** How many units of a product a cart or an order holds at most. */
export const mostUnits = 999

/** What an order may cost: numbers up to this one are exact in JSON and in the database. */
export const mostTotal = Number.MAX_SAFE_INTEGER

/** So many lines cost less than `mostTotal`, whatever their prices and units are. */
export const linesOfAnyPrice = Math.floor(mostTotal / (mostPrice * mostUnits))
