import type { FastifyRequest } from 'fastify'
import { invalidRequest, type Fault, type Part } from './faults.ts'

/** In the order of Fastify's validation. */
const parts = ['params', 'body', 'querystring', 'headers'] as const

/** What Fastify throws when a schema refuses a part of a request. */
type Refusal = Error & { validation?: unknown; validationContext?: string }

/**
 * Fastify ends its validation at the first part of a request that is wrong. The parts after it are validated here, so that the
 * client is told all faults at once. Any other error stays as it is.
 */
export function withAllFaults<T>(thrown: T, request: FastifyRequest) {
  const found = faultsByPart(thrown, request)
  return found ? invalidRequest(found) : thrown
}

/** The faults of each part of a request that was looked at. undefined: the error is another one. */
export function faultsByPart(
  thrown: unknown,
  request: FastifyRequest
): Map<Part, Fault[]> | undefined {
  const { validation, validationContext } = thrown as Refusal
  const at = parts.indexOf(validationContext as Part)
  if (!Array.isArray(validation) || at === -1) return undefined
  const later = parts.slice(at + 1).map((part) => [part, faultsOf(request, part)] as const)
  return new Map<Part, Fault[]>([[parts[at]!, validation], ...later])
}

/** What the validators of plugins/kernel/validators.ts answer. */
type Read = true | { error: Fault[] } | undefined

function faultsOf(request: FastifyRequest, part: Part): Fault[] {
  const data = part === 'querystring' ? request.query : request[part]
  const read = request.getValidationFunction(part)?.(data ?? null) as Read
  return typeof read === 'object' ? read.error : []
}
