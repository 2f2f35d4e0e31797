import { Type } from 'typebox'

/*
 * Schemas that several resources use. A schema with an $id is a named component of the OpenAPI document; refer to it with
 * `ref`. Requests forbid unknown members, and every string, array and number of a request has bounds.
 */

/** The form of a UUID of any version, as PostgreSQL takes it. */
export const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const Uuid = Type.String({
  format: 'uuid',
  // The format alone lets "urn:uuid:" pass.
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
})

/** A Date in TypeScript, RFC 3339 in UTC on the wire. */
export const Timestamp = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))

export const NullableTimestamp = Type.Unsafe<Date | null>({
  type: ['string', 'null'],
  format: 'date-time'
})

export const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const NullableUuid = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'uuid' })

export const Currency = Type.String({ pattern: '^[A-Z]{3}$', minLength: 3, maxLength: 3 })

/** An integer in the currency's minor unit: 129900 USD is $1,299.00. */
export type Money = Type.Static<typeof Money>
export const Money = Type.Object(
  { amount: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), currency: Currency },
  {
    $id: 'Money',
    additionalProperties: false,
    description: "An integer in the currency's minor unit."
  }
)

export const mostPrice = 100_000_000_000

/** Money in a request, where a price has a bound. */
export const Price = Type.Object(
  { amount: Type.Integer({ minimum: 0, maximum: mostPrice }), currency: Currency },
  { additionalProperties: false }
)

/** Optional for the client and always present for the handler: the validator fills in the default of the schema. */
export const defaulted = <T extends Type.TSchema>(schema: T) =>
  Type.Optional(schema) as unknown as T

/**
 * Optional in a POST or PUT body, where null means the same as leaving the member out: answers say null for what is empty, and
 * clients of typed languages send it back. The handler never sees null.
 */
export const absentIfNull = <T extends Type.TSchema>(schema: T) =>
  Type.Optional(Type.Unsafe<Type.Static<T>>({ ...orNull(schema), 'x-null': 'absent' }))

/** Optional in a PATCH body, where null empties the field. The handler sees the null. */
export const emptiedByNull = <T extends Type.TSchema>(schema: T) =>
  Type.Optional(Type.Unsafe<Type.Static<T> | null>(orNull(schema)))

function orNull(schema: Type.TSchema): object {
  const { type, enum: values, ...rest } = schema as { type?: string; enum?: unknown[] }
  if (type === undefined) return { anyOf: [schema, { type: 'null' }] }
  return { ...rest, type: [type, 'null'], ...(values && { enum: [...values, null] }) }
}

/** Text that may have tabs and line breaks, as descriptions, notes and reasons do. Other text is refused with them. */
export const Lines = (options: Type.TStringOptions) =>
  Type.String({ ...options, 'x-multiline': true })

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'The stable name of what went wrong.' }),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.Optional(
            Type.String({ description: 'A place in the body, as an RFC 6901 fragment: #/email.' })
          ),
          parameter: Type.Optional(
            Type.String({ description: 'query.limit, header.idempotency-key, path.id.' })
          ),
          detail: Type.String()
        }),
        { description: 'Everything that is wrong with the request.' }
      )
    )
  },
  {
    $id: 'Problem',
    additionalProperties: true,
    description: 'RFC 9457, with members of its own for some codes.'
  }
)

/** Refers to a shared schema by its name and keeps its type. */
export const ref = <T extends Type.TSchema & { $id?: string }>(schema: T) =>
  Type.Unsafe<Type.Static<T>>(Type.Ref(schema.$id!))

/** An error answer. */
export const refused = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref(Problem) } }
})

/** The error answers of every route. */
export const failures = { '4xx': refused('Refused'), '5xx': refused('Failed') }

/** The header of requests that a client may repeat without a second effect. */
export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 16, maxLength: 255, pattern: '^[\\x20-\\x7e]*$' })
  )
})

/** The header of reads that must include an earlier write. */
export const ConsistencyToken = Type.Object({
  'x-consistency-token': Type.Optional(
    Type.String({
      maxLength: 16_384,
      description: 'From the answer to a write: this read includes it, from whichever replica.'
    })
  )
})
