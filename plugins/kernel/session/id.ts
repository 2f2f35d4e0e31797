import { createHmac, randomUUID } from 'node:crypto'
import { sha256 } from '../../lib/canonical.ts'

/** A UUID of version 4 or 7. The nil and the max UUID, and every other version, are no session: many clients send the same. */
export const sessionPattern =
  '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[47][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$'

const form = new RegExp(sessionPattern)

/** The id in lower case, or undefined: it is no session's id. */
export const readId = (text: string) => (form.test(text) ? text.toLowerCase() : undefined)

export const newSessionId = () => randomUUID()

/**
 * What the shop keeps of a session's id: the first 128 bits of its SHA-256, written as a UUID. A reader of the database, of
 * Redis or of a log cannot use the session with it. sql/migrations/0019_session_hashes.sql has the same in SQL.
 */
export const hashOf = (id: string) => asUuid(sha256(id))

/**
 * The id of the session of a checkout that has an Idempotency-Key and names no session. The repeat of the request gets the same
 * session, and with it the order. Another body is another purchase.
 */
export function idOfPurchase(secret: string, key: string, request_hash: Buffer): string {
  const bytes = createHmac('sha256', secret)
    .update('session of a purchase:')
    .update(request_hash)
    .update(key)
    .digest()
  // A UUID of version 4: these bits are fixed.
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return asUuid(bytes)
}

const asUuid = (bytes: Buffer) =>
  bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
