import type { Stock } from './gate.ts'

/** What a commit has left of the products whose units it moved, and when its statement was sent (performance.now()). */
export type Left = { stock: Stock[]; asked_at: number }

/** The commit moved no units, or nothing is known of it. */
export const nothingLeft: Left = { stock: [], asked_at: 0 }
