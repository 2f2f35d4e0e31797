import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Lsn } from '../lsn.ts'

const macBytes = 16

/**
 * A position that a client carries: 8 bytes of it and a MAC over it and the epoch, 32 characters of base64url. Signed,
 * since one that names a position far ahead would keep its reads on the primary; with the epoch, since positions of
 * another life of the database mean nothing in this one.
 */
export function openTokens(secret: string, epoch: () => string) {
  const mac = (position: Buffer) =>
    createHmac('sha256', secret)
      .update(`consistency token of ${epoch()}:`)
      .update(position)
      .digest()
      .subarray(0, macBytes)

  return {
    sign(lsn: Lsn): string {
      const position = Buffer.from(lsn, 'hex')
      return Buffer.concat([position, mac(position)]).toString('base64url')
    },

    /** undefined: not ours, or of another epoch. */
    verify(token: string): Lsn | undefined {
      if (!/^[\w-]{32}$/.test(token)) return undefined
      const bytes = Buffer.from(token, 'base64url')
      const position = bytes.subarray(0, 8)
      return timingSafeEqual(bytes.subarray(8), mac(position))
        ? position.toString('hex')
        : undefined
    }
  }
}
