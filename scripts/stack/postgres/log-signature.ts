import { createHmac } from 'node:crypto'

/**
 * The environment with which archive.sh signs archived segments, and fetch.sh checks them. Each of the two words fills one
 * block of SHA-256, as the padded keys of an HMAC do; sh and sha256sum can use them without showing them to `ps`.
 */
export function logSigningEnvironment(backup_key: string): {
  WAL_KEY_1: string
  WAL_KEY_2: string
} {
  const derived = (purpose: string) =>
    createHmac('sha256', backup_key).update(purpose).digest('hex')
  return { WAL_KEY_1: derived('write-ahead log, 1'), WAL_KEY_2: derived('write-ahead log, 2') }
}
