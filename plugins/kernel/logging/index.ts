import type { PinoLoggerOptions } from 'fastify/types/logger.js'
import { describeError } from './error.ts'

/** Secrets and personal data. No code logs them on purpose; an object that is logged may have them as members. */
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
  'REDIS_URL',
  'CACHE_REDIS_URL'
]

/** The log of a node: JSON lines, errors without the data that a driver adds, secrets redacted up to three levels deep. */
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
