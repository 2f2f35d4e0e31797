import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyServerOptions } from 'fastify'
import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js'
import { escapePointer } from './errors/problem-document.ts'

type Factories = NonNullable<
  NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
>

/**
 * Two validators: query, path and headers are text and are coerced to the types of the schema; a body is not, so "5" is
 * not 5 and null is not 0. Both refuse unknown members instead of dropping them, and text that PostgreSQL cannot store.
 */
export const validators = ((shared: Record<string, object>) => {
  const bodies = validator(shared, false)
  const texts = validator(shared, true)
  return ({ schema, httpPart }: FastifyRouteSchemaDef<object>) => {
    const validate = (httpPart === 'body' ? bodies : texts).compile(schema)
    return (data: unknown) => {
      if (!validate(data)) return { error: validate.errors }
      const instancePath = findBrokenText(data)
      return instancePath === undefined
        ? true
        : { error: [{ instancePath, message: 'must be text without NUL and lone surrogates' }] }
    }
  }
}) as NonNullable<Factories['buildValidator']>

function validator(shared: Record<string, object>, coerceTypes: boolean) {
  const ajv = new Ajv({
    coerceTypes,
    useDefaults: true,
    removeAdditional: false,
    strict: false,
    // Compiling the schema of schemas would take a tenth of a second of every start. test/routes/docs.test.ts validates
    // every schema of the routes instead.
    meta: false,
    validateSchema: false
  })
  formats.default(ajv)
  for (const schema of Object.values(shared)) ajv.addSchema(schema)
  return ajv
}

/** The pointer to a string that PostgreSQL refuses or changes. The data has passed a schema, so it is not deep. */
function findBrokenText(data: unknown, path = ''): string | undefined {
  if (typeof data === 'string')
    return data.isWellFormed() && !data.includes('\0') ? undefined : path
  if (typeof data !== 'object' || data === null) return undefined
  for (const [name, value] of Object.entries(data)) {
    const broken =
      findBrokenText(name, path) ?? findBrokenText(value, `${path}/${escapePointer(name)}`)
    if (broken !== undefined) return broken
  }
  return undefined
}
