import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

const of_one = 16
const pool = Buffer.alloc(of_one * 256)
let used = pool.length

/** A UUIDv7, of random bytes that are drawn for 256 ids at once: a draw costs as much as many ids. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += of_one
  return v7({ random: pool.subarray(used - of_one, used) })
}
