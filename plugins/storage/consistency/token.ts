import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Lsn } from '../lsn.ts'

const macBytes = 16

/**
 * The consistency token: a position (8 bytes) and a MAC over it and the epoch, as 32 characters of base64url. It is signed,
 * since a forged position far ahead would keep all reads of its client on the primary. It names the epoch, since positions
 * of another epoch cannot be compared.
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

    /** undefined: not signed by this shop, or of another epoch. */
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
