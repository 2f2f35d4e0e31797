import type { FastifySchema, RouteOptions } from 'fastify'
import { CrossSite, Forbidden, InvalidSessionId, Unauthorized } from '../errors/problems.ts'
import { withoutNothing } from '../input/nothing.ts'
import { failuresOf, otherFailures } from './failures.ts'
import { type HeaderName, ofEveryAnswer, type parameters, referTo, spelled } from './headers.ts'
import type { Problems } from './operation.ts'

type Reference = { $ref: string }
type Parameter = {
  name: string
  in: string
  schema?: { type?: unknown; title?: string } | undefined
  [key: string]: unknown
}
type Answer = { description?: string; headers?: object; content?: object } | Reference

/** An operation of the document. */
export type Operation = {
  security?: Record<string, string[]>[]
  parameters?: (Parameter | Reference)[]
  responses: Record<string, Answer>
  [member: string]: unknown
}

/** The member of an operation that carries what a route declares from `transform` to `complete`. */
const carried = 'x-declared'
type Declared = { errors: Problems[]; sends: HeaderName[]; writes: boolean; api: boolean }

/** The schema of a route as @fastify/swagger shall take it: answers that are errors are added later, by their classes. */
export function declare(schema: FastifySchema, url: string, route: RouteOptions): FastifySchema {
  const { errors = [], sends = [], response = {} } = schema
  const declared: Declared = {
    errors,
    sends,
    writes: route.method !== 'GET' && route.config?.database !== false,
    api: url.startsWith('/api/')
  }
  const answers = Object.entries(response as object).filter(([status]) => !/^[45]xx$/i.test(status))
  return {
    ...withoutNothing(schema),
    response: Object.fromEntries(answers),
    [carried]: declared
  } as FastifySchema
}

/** Adds to an operation what follows from its kind: headers in and out, and errors. */
export function complete(method: string, operation: Operation) {
  const { errors, sends, writes, api } = operation[carried] as Declared
  delete operation[carried]
  const who = whoOf(operation)
  const reads = method === 'get'
  const cached = reads && who === 'all' && sends.includes('ETag')

  operation.parameters = [
    ...((operation.parameters as Parameter[] | undefined) ?? []).map(asSent),
    ...(who === 'guest' ? [parameter('X-Session-ID')] : []),
    ...(cached ? [parameter('If-None-Match')] : []),
    ...(api ? [parameter('X-Request-ID')] : [])
  ]

  const common: HeaderName[] = [
    ...(api ? ofEveryAnswer : (['X-Request-ID'] as const)),
    ...(who === 'guest' ? (['X-Session-ID', 'Set-Cookie'] as const) : []),
    ...(writes ? (['X-Consistency-Token'] as const) : [])
  ]
  const { responses } = operation
  for (const [status, response] of Object.entries(responses)) {
    const own: HeaderName[] = status.startsWith('3') ? ['Location'] : sends
    Object.assign(response, { headers: referTo([...own, ...common]) })
  }
  if (cached)
    responses['304'] = {
      description: 'The client has this answer already.',
      headers: referTo([...sends, ...common])
    }
  if (api) Object.assign(responses, failuresOf([...errors, ...errorsOf(who, reads)], !reads))
  Object.assign(responses, otherFailures)
}

function whoOf({ security = [] }: Operation) {
  const schemes = new Set(security.flatMap((one) => Object.keys(one)))
  if (schemes.has('session')) return 'guest'
  return schemes.has('apiKey') ? 'staff' : 'all'
}

function errorsOf(who: 'guest' | 'staff' | 'all', reads: boolean): Problems[] {
  if (who === 'staff') return [Unauthorized, Forbidden]
  if (who === 'guest') return [InvalidSessionId, ...(reads ? [] : [CrossSite])]
  return []
}

const parameter = (name: keyof typeof parameters) => ({
  $ref: `#/components/parameters/${name}`
})

/** A header in its usual spelling, and members of an object as `attributes[name]=value`. */
function asSent({ schema, ...one }: Parameter): Parameter {
  // A component has a description of its own.
  const described = schema?.title ? { description: one.description, ...schema } : schema
  if (one.in === 'header') return { ...one, name: spelled(one.name), schema: described }
  if (schema?.type !== 'object') return { ...one, schema: described }
  return { ...one, schema: byPattern(described!), style: 'deepObject', explode: true }
}

/**
 * @fastify/swagger makes `additionalProperties` of the pattern of members that have no name. The code that the generator for Java
 * writes for a parameter with them does not compile.
 */
function byPattern({ additionalProperties, ...schema }: Record<string, unknown>) {
  return additionalProperties
    ? { ...schema, patternProperties: { '^.+$': additionalProperties } }
    : schema
}
