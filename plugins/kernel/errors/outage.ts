/**
 * Whether an error says that a server is unreachable, starting, stopping or out of connections, so that nothing is wrong
 * with the request.
 */
export function isOutage(err: unknown): boolean {
  // An error of the request has a status: when its client resets the connection, for example.
  if (!(err instanceof Error) || 'statusCode' in err) return false
  const code = 'code' in err ? String(err.code) : ''
  return outageCodes.test(code) || outageMessages.some((text) => err.message.includes(text))
}

// Class 08 connection exceptions; 53300 too many connections; 57P01–57P03 shutting down, crashed, starting up;
// 57014 statement timeout; 55P03 lock timeout; 25006 a primary that has become read-only.
const outageCodes =
  /^(08...|53300|57P0[1-3]|57014|55P03|25006|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/

// node-postgres has no codes for these: test/plugins/storage/driver-messages.test.ts provokes each.
const outageMessages = [
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Connection terminated',
  'Client has encountered a connection error'
]
