export type ErrorLine = {
  type: string
  message: string
  code?: string
  constraint?: string
  stack: string
  [member: string]: unknown
  cause?: ErrorLine
}

/**
 * The members of an error that are logged. No others: PostgreSQL's `detail` shows whole rows, ioredis' `command` its
 * arguments, and both contain session ids and addresses.
 */
export function describeError(err: unknown, depth = 0): ErrorLine {
  if (!(err instanceof Error))
    return { type: typeof err, message: String(err).slice(0, 500), stack: '' }
  const { code, constraint } = err as { code?: unknown; constraint?: unknown }
  return {
    type: err.name,
    message: err.message,
    stack: err.stack ?? '',
    ...(code !== undefined && { code: String(code) }),
    ...(constraint !== undefined && { constraint: String(constraint) }),
    ...(err.cause !== undefined && depth < 3 && { cause: describeError(err.cause, depth + 1) })
  }
}
