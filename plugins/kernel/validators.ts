import { Ajv, type SchemaValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyServerOptions } from 'fastify'
import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js'
import { isEmailAddress } from '../lib/email-address.ts'
import { bodyReader } from './input/body.ts'
import { boundTexts } from './input/keywords.ts'
import { headerReader, pathReader, queryReader } from './input/parameters.ts'
import type { Check, Schema, Shared } from './input/schema-of.ts'

type Factories = NonNullable<
  NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
>

/**
 * Reads and validates the parts of a request. A query is text and gets the types of its schema; a body is not coerced, so "5"
 * is not 5. Unknown members are refused and not dropped, and all faults are reported at once.
 */
export const validators = ((shared: Shared) => {
  const ajv = newAjv(shared)
  return ({ schema, httpPart = 'body' }: FastifyRouteSchemaDef<Schema>) => {
    const read = readerOf(httpPart, schema, shared)
    const validate = ajv.compile(schema)
    return (data: unknown) => {
      const faults =
        data === undefined || data === null ? [] : read(data as Record<string, unknown>)
      if (!validate(data)) faults.push(...validate.errors!)
      return faults.length === 0 || { error: faults }
    }
  }
}) as NonNullable<Factories['buildValidator']>

function readerOf(httpPart: string, schema: Schema, shared: Shared) {
  switch (httpPart) {
    case 'body':
      return bodyReader(schema, shared)
    case 'querystring':
      return queryReader(schema)
    case 'headers':
      return headerReader(schema)
    default:
      return pathReader()
  }
}

function newAjv(shared: Shared) {
  const ajv = new Ajv({
    // The time that this takes has a bound: bodies and URLs are short, and boundTexts keeps patterns from long texts.
    allErrors: true,
    coerceTypes: false,
    useDefaults: true,
    removeAdditional: false,
    strict: false,
    // Compiling the schema of schemas would take a tenth of a second of every start. test/routes/docs.test.ts validates
    // every schema of the routes instead.
    meta: false,
    validateSchema: false
  })
  formats.default(ajv)
  ajv.addKeyword({ keyword: 'x-check', errors: true, validate: check })
  ajv.addFormat('idn-email', isEmailAddress)
  boundTexts(ajv)
  for (const schema of Object.values(shared)) ajv.addSchema(schema)
  return ajv
}

/** The keyword `x-check`, for what the other keywords cannot say. */
const check: SchemaValidateFunction = (made: Check, value: unknown, _schema, at) => {
  const message = made(value, at?.parentData ?? {})
  check.errors = message === undefined ? [] : [{ keyword: 'x-check', message }]
  return message === undefined
}
