import createError from '@fastify/error'
import * as problems from '../errors/problems.ts'
import { problemOf } from '../errors/problem-document.ts'
import { codes } from './codes.ts'
import { type HeaderName, ofEveryAnswer, referTo } from './headers.ts'
import type { Problems } from './operation.ts'

type Failure = { status: number; code: string; message: string }

/** Errors that Fastify or the proxy makes, for which problems.ts has no class. */
const PayloadTooLarge = createError('payload_too_large', 'The body is too large.', 413)
const Internal = createError('internal', 'Something failed.', 500)

/** The errors of every operation of the API. */
const everywhere: Problems[] = [
  problems.ValidationFailed,
  problems.NotFound,
  problems.MethodNotAllowed,
  problems.RequestTimeout,
  PayloadTooLarge,
  problems.UriTooLong,
  problems.UnsupportedMediaType,
  problems.RateLimited,
  problems.HeadersTooLarge,
  Internal,
  problems.Overloaded
]

/** The errors of a body. */
const ofBodies = new Set<Problems>([
  problems.RequestTimeout,
  PayloadTooLarge,
  problems.UnsupportedMediaType
])

/** The headers of errors. Operations share errors, so the session stands in those of operations without one too. */
const always: HeaderName[] = [...ofEveryAnswer, 'X-Session-ID']

/** The error answers of an operation by status. */
export function failuresOf(own: Problems[], hasBody: boolean) {
  const common = everywhere.filter((one) => hasBody || !ofBodies.has(one))
  // Two classes may have one code, and differ in their text.
  const all = distinct([...own, ...common].map(failureOf))
  const byStatus = Object.groupBy(all, ({ status }) => status) as Record<string, Failure[]>
  const shared = new Set(common.map((one) => failureOf(one).status))
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, failures]) => [
      status,
      failures.length === 1 && shared.has(Number(status))
        ? { $ref: `#/components/responses/${nameOf(failures[0]!)}` }
        : answerOf(failures)
    ])
  )
}

/** The error answers of every other status: those of the proxy, and those that come later. */
export const otherFailures = {
  '4XX': { $ref: '#/components/responses/refused' },
  '5XX': { $ref: '#/components/responses/failed' }
}

/** Components: the error answers that operations share. */
export const sharedFailures = () => ({
  ...Object.fromEntries(
    everywhere.map(failureOf).map((failure) => [nameOf(failure), answerOf([failure])])
  ),
  refused: {
    description: 'Refused.',
    headers: referTo([...always, 'Allow', 'Retry-After']),
    content: problemContent()
  },
  failed: {
    description: 'Failed, or the proxy reached no node in time.',
    headers: referTo([...always, 'Retry-After']),
    content: problemContent()
  }
})

/** Components: an example of each error. */
export const failureExamples = () =>
  Object.fromEntries(
    allFailures.map((failure) => {
      const { detail = failure.message, ...members } = codes[failure.code]?.example ?? {}
      const { status, code } = failure
      const value = {
        ...problemOf(status, {
          code: code.toUpperCase(),
          statusCode: status,
          message: detail,
          members
        }),
        instance: '/api/v1/…'
      }
      return [nameOf(failure), { summary: code, value }]
    })
  )

/** The classes of problems.ts, which exports a function too. */
const allProblems: Problems[] = [
  ...Object.values(problems).flatMap((one) =>
    one.prototype instanceof Error ? [one as Problems] : []
  ),
  ...everywhere
]

const allFailures = distinct(allProblems.map(failureOf))

/** Every code that there is, in the order of their names. */
export const allCodes = [...new Set(allFailures.map(({ code }) => code))].toSorted()

function failureOf(Problem: Problems): Failure {
  const { code, statusCode, message } = new Problem()
  return { status: statusCode, code: code.toLowerCase(), message }
}

function distinct(failures: Failure[]): Failure[] {
  const isFirst = ({ status, code }: Failure, at: number) =>
    failures.findIndex((one) => one.status === status && one.code === code) === at
  return failures.filter(isFirst)
}

function answerOf(failures: Failure[]) {
  const list = failures.map(({ code }) => `\`${code}\`: ${codes[code]?.means}`)
  return {
    description: list.length === 1 ? list[0]! : list.map((line) => `- ${line}`).join('\n'),
    headers: referTo([...always, ...failures.flatMap(headersOf)]),
    content: problemContent(failures),
    'x-codes': failures.map(({ code }) => code)
  }
}

function headersOf({ status, code }: Failure): HeaderName[] {
  if (status === 401) return ['WWW-Authenticate']
  // It has an order, whose session it names.
  if (status === 402) return ['Idempotency-Replayed', 'Set-Cookie', 'X-Consistency-Token']
  if (status === 405) return ['Allow']
  if (status === 415) return ['Accept-Encoding']
  return status === 429 || status === 503 || code === 'checkout_in_progress' ? ['Retry-After'] : []
}

const problemContent = (failures: Failure[] = []) => ({
  'application/problem+json': {
    schema: { $ref: '#/components/schemas/Problem' },
    ...(failures.length > 0 && {
      examples: Object.fromEntries(
        failures.map((failure) => [
          failure.code,
          { $ref: `#/components/examples/${nameOf(failure)}` }
        ])
      )
    })
  }
})

/** Some codes have two statuses: a category that a URL names is 404, and one that a product names 422. */
function nameOf({ status, code }: Failure): string {
  const statuses = allFailures.filter((one) => one.code === code).map((one) => one.status)
  return status === Math.min(...statuses) ? code : `${code}_${status}`
}
