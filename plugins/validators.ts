import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyServerOptions } from 'fastify'
import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js'

type Factories = NonNullable<
  NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
>

/**
 * Two validators: a query, a path and headers are text and are coerced; a body says what it means, so "5" is not 5 and
 * null is not 0. Unknown members are refused, never dropped.
 */
export const validators = ((shared: Record<string, object>) => {
  const bodies = validator(shared, false)
  const texts = validator(shared, true)
  return ({ schema, httpPart }: FastifyRouteSchemaDef<object>) =>
    (httpPart === 'body' ? bodies : texts).compile(schema)
}) as NonNullable<Factories['buildValidator']>

function validator(shared: Record<string, object>, coerceTypes: boolean) {
  const ajv = new Ajv({ coerceTypes, useDefaults: true, removeAdditional: false, strict: false })
  formats.default(ajv)
  for (const schema of Object.values(shared)) ajv.addSchema(schema)
  return ajv
}
