import type { IncomingMessage } from 'node:http'
import { newId } from '../../lib/ids.ts'

/** X-Request-ID as the client sent it, if it is short and of safe characters; else a new UUIDv7. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : newId()
}
