import { createHash } from 'node:crypto'

/** A session in the log: the first 8 digits of its SHA-256, since a reader of the log could use the id itself. */
export const hashOf = (session: string) =>
  createHash('sha256').update(session).digest('hex').slice(0, 8)
