import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { withAllFaults } from './all-faults.ts'
import type { Place } from './faults.ts'
import { isOutage } from './outage.ts'
import { detailed, Overloaded, type Details } from './problems.ts'

type Failure = Partial<FastifyError> & Details

/** RFC 9457. Extension members stand at the top level. */
export type ProblemDocument = {
  type: string
  title: string
  status: number
  code: string
  detail?: string
  instance?: string
  errors?: Place[]
  [member: string]: unknown
}

export const contentType = 'application/problem+json; charset=utf-8'

/** Answers a request with the problem document of what was thrown. */
export const sendProblem = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) =>
  reply.send(problemFor(thrown, request, reply))

/** The problem document of what was thrown; the reply gets its status and its headers. */
export function problemFor(thrown: unknown, request: FastifyRequest, reply: FastifyReply) {
  const err: Failure & { cause?: unknown } = isOutage(thrown)
    ? unreachable(thrown)
    : (withAllFaults(thrown, request) as Failure)
  const status = statusOf(err)
  // For the log line of the request.
  if (status >= 500) request.failure = err
  if (typeof err.members?.order_id === 'string') request.order_id = err.members.order_id
  if (err.session) request.session = err.session
  if (err.headers) reply.headers(err.headers)
  reply.code(status).type(contentType)
  return { ...problemOf(status, err), instance: request.url.split('?')[0] }
}

function statusOf(err: Failure) {
  if (err.validation) return 400
  const status = err.statusCode ?? 500
  return status >= 400 ? status : 500
}

export function problemOf(status: number, err: Failure): ProblemDocument {
  const code = codeOf(status, err)
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    ...(code !== 'internal' && err.message && { detail: err.message }),
    ...err.members
  }
}

/** The errors of problems.ts have their own code (@fastify/error upper-cases it); others get one by their status. */
function codeOf(status: number, err: Failure) {
  const own =
    err.code !== undefined && !/^(FST_|ERR_|HPE_|E[A-Z]+$)/.test(err.code) && err.statusCode
  if (own) return err.code!.toLowerCase()
  return codeByStatus[status] ?? (status < 500 ? 'validation_failed' : 'internal')
}

const codeByStatus: Record<number, string> = {
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
  503: 'overloaded'
}

const unreachable = (cause: unknown) =>
  Object.assign(detailed(new Overloaded(), { headers: { 'retry-after': 1 } }), { cause })
