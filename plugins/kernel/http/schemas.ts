import { Type } from 'typebox'

/*
 * Schemas that several resources use. A schema with a title is a named component of the OpenAPI document and a type of generated
 * clients. Requests forbid unknown members, and every string, array and number of a request has bounds.
 */

/** The form of a UUID of any version, as PostgreSQL takes it. */
export const uuidForm = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/

/** The format alone lets "urn:uuid:" pass. */
export const Uuid = Type.String({ format: 'uuid', pattern: uuidForm.source, maxLength: 36 })

/** The example is the first product of the sample catalog, whose ids are the same in every shop. */
export const ProductId = Type.String({
  ...Uuid,
  description: 'The id of a product.',
  examples: ['01941f29-7c00-7001-910d-39285b256d81']
})

/** A Date in TypeScript, RFC 3339 in UTC on the wire. */
export const Timestamp = Type.Unsafe<Date>(Type.String({ format: 'date-time' }))

export const NullableTimestamp = Type.Unsafe<Date | null>({
  type: ['string', 'null'],
  format: 'date-time'
})

export const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const NullableUuid = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'uuid' })

export const Currency = Type.String({
  pattern: '^[A-Z]{3}$',
  minLength: 3,
  maxLength: 3,
  description: 'ISO 4217.',
  examples: ['USD']
})

/** An integer that may be larger than 2^31: generated clients give it 64 bits. */
export const Int64 = (options: Type.TSchemaOptions & { minimum?: number; maximum?: number } = {}) =>
  Type.Integer({ ...options, format: 'int64' })

/** An integer in the currency's minor unit: 129900 USD is $1,299.00. */
export type Money = Type.Static<typeof Money>
export const Money = Type.Object(
  {
    amount: Int64({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'In the minor unit.'
    }),
    currency: Currency
  },
  {
    title: 'Money',
    additionalProperties: false,
    description: "An integer in the currency's minor unit: 129900 USD is $1,299.00.",
    examples: [{ amount: 129_900, currency: 'USD' }]
  }
)

export const mostPrice = 100_000_000_000

/**
 * Money in a request, where a price has a bound. A component of its own: for a reference to Money with a bound beside it the
 * generator for Java makes one type a place.
 */
export const Price = Type.Object(
  {
    amount: Int64({ minimum: 0, maximum: mostPrice, description: 'In the minor unit.' }),
    currency: Currency
  },
  {
    title: 'Price',
    additionalProperties: false,
    description: 'Money, as a price: 100,000,000,000 at most.'
  }
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

/**
 * Text on one line that people read. Unless it is empty, it has a character that can be seen, and nothing in it overrides the
 * direction of text.
 */
export const Line = (options: Type.TStringOptions) => Type.String({ ...options, 'x-line': true })

/**
 * Text that people read and that may have tabs and line breaks, as descriptions, notes and reasons do. Other text is refused
 * with them. Unless it is empty, it has a character that can be seen.
 */
export const Lines = (options: Type.TStringOptions) =>
  Type.String({ ...options, 'x-multiline': true })

/** The header of requests that a client may repeat without a second effect. */
export const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 16,
      maxLength: 255,
      pattern: '^[\\x20-\\x7e]*$',
      description:
        'Names this request: a repeat with the same key has the same outcome. Another one for each purchase.'
    })
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
