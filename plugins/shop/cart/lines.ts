import type { Line } from '../reservation/index.ts'

/** Lines of one product become one, at the place of the first. The buyer's order of the products is kept. */
export function sumLines(lines: Line[]): Line[] {
  const sums = new Map<string, number>()
  for (const { product_id, quantity } of lines) {
    const id = product_id.toLowerCase()
    sums.set(id, (sums.get(id) ?? 0) + quantity)
  }
  return [...sums].map(([product_id, quantity]) => ({ product_id, quantity }))
}

/** The same lines in one order, whatever the buyer's is. */
export const inProductOrder = (lines: Line[]) =>
  lines.toSorted((a, b) => (a.product_id < b.product_id ? -1 : 1))
