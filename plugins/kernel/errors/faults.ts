import { detailed, ValidationFailed } from './problems.ts'

/** What is wrong with one place of a request, as ajv reports it. `instancePath` is a JSON pointer. */
export type Fault = {
  instancePath: string
  message?: string
  keyword?: string
  params?: Record<string, unknown>
}

/** One entry of `errors`: a place in the body as an RFC 6901 fragment, or a parameter. */
export type Place = { pointer: string; detail: string } | { parameter: string; detail: string }

/** A body of 64 KB can have thousands of faults. */
const mostFaults = 100

/** A part of a request, as Fastify calls it. */
export type Part = 'params' | 'querystring' | 'headers' | 'body'

/** The entries of `errors` of one part. */
function placesOf(faults: Fault[], context: string): Place[] {
  const places = withoutNoise(faults).map((fault) => ({
    ...placeOf(fault, context),
    detail: detailOf(fault)
  }))
  const distinct = new Map(places.map((place) => [JSON.stringify(place), place]))
  return [...distinct.values()]
}

/**
 * The problem of a request that its schemas refuse: `detail` has the first fault, and how many more there are. The body comes
 * last, since it may have more faults than are told.
 */
export function invalidRequest(found: Map<Part, Fault[]>) {
  const order = ['params', 'querystring', 'headers', 'body'] as const
  const errors = order.flatMap((part) => placesOf(found.get(part) ?? [], part)).slice(0, mostFaults)
  const [first, ...more] = errors
  const others = more.length === 0 ? '' : `, and ${more.length} more`
  const detail = first ? `${placeIn(first)} ${first.detail}${others}.` : 'The request is wrong.'
  return detailed(new ValidationFailed(detail), { members: { errors } })
}

const placeIn = (place: Place) => ('pointer' in place ? place.pointer : place.parameter)

/** A fault that no schema finds, of one parameter: `wrongParameter('query.page', 'is too deep')`. */
export const wrongParameter = (parameter: string, detail: string) =>
  detailed(new ValidationFailed(`${parameter} ${detail}.`), {
    members: { errors: [{ parameter, detail }] }
  })

/** Faults that no schema finds, of members of the body. `pointer` as in `errors`. */
export const wrongMembers = (...errors: [Pointed, ...Pointed[]]) =>
  detailed(new ValidationFailed(`${errors[0].pointer} ${errors[0].detail}.`), {
    members: { errors }
  })

type Pointed = { pointer: string; detail: string }

const sources: Record<string, string> = { querystring: 'query', params: 'path', headers: 'header' }

function placeOf({ instancePath, params }: Fault, context: string) {
  const name = params?.missingProperty ?? params?.additionalProperty ?? params?.propertyName
  const path = name === undefined ? instancePath : `${instancePath}/${escapePointer(String(name))}`
  if (context === 'body') return { pointer: `#${fragment(path)}` }
  const parameter = path.split('/')[1] ?? ''
  return { parameter: `${sources[context] ?? context}.${unescapePointer(parameter)}` }
}

function detailOf({ keyword, message = 'is wrong', params }: Fault) {
  if (keyword === 'required') return 'is required'
  if (keyword === 'additionalProperties') return 'is unknown'
  if (keyword === 'enum') return `must be one of ${[params?.allowedValues].flat().join(', ')}`
  return message
}

/**
 * A value that is neither of "this or null" has faults of both, and one of the choice. What is wrong with "this" says enough.
 */
function withoutNoise(faults: Fault[]) {
  const isNoise = ({ keyword, params }: Fault) =>
    keyword === 'anyOf' ||
    keyword === 'not' ||
    keyword === 'if' ||
    (keyword === 'type' && params?.type === 'null')
  const telling = faults.filter((fault) => !isNoise(fault))
  const isTold = ({ instancePath }: Fault) =>
    telling.some((other) => `${other.instancePath}/`.startsWith(`${instancePath}/`))
  return faults.filter((fault) => !isNoise(fault) || !isTold(fault))
}

/** A name as a part of a JSON pointer. */
export const escapePointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

/** A JSON pointer as the fragment of a URI. */
const fragment = (pointer: string) => encodeURI(pointer.toWellFormed()).replaceAll('#', '%23')
