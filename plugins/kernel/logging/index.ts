import type { PinoLoggerOptions } from 'fastify/types/logger.js'
import { describeError } from './error.ts'

/** Bearer secrets and what is about a person. Nothing logs them on purpose; this is for what gets in with an object. */
const secrets = [
  'authorization',
  'cookie',
  'set-cookie',
  'x-session-id',
  'session',
  'session_id',
  'email',
  'shipping_address',
  'address',
  'ip',
  'password',
  'admin_key',
  'ADMIN_API_KEY',
  'COOKIE_SECRET',
  'PRIMARY_URL',
  'REPLICA_URLS',
  'REDIS_URL'
]

/** How a node logs: JSON lines, errors in our own words, secrets blacked out up to three levels deep. */
export const logging = {
  level: 'info',
  serializers: { err: describeError },
  redact: {
    paths: [
      'witnesses[*].purchase',
      ...secrets.flatMap((name) => ['', '*.', '*.*.'].map((where) => pathOf(where, name)))
    ],
    censor: '[redacted]'
  }
} satisfies PinoLoggerOptions

function pathOf(where: string, name: string) {
  return name.includes('-') ? `${where.replace(/\.$/, '')}["${name}"]` : `${where}${name}`
}
