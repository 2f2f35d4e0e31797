import { Type } from 'typebox'

/** The OpenAPI document. */
export const Document = Type.Object(
  {
    openapi: Type.String({ description: 'The version of OpenAPI.' }),
    info: Type.Object({}, { additionalProperties: true, description: 'What the API is.' }),
    paths: Type.Object({}, { additionalProperties: true, description: 'The operations.' })
  },
  { title: 'OpenapiDocument', additionalProperties: true, description: 'An OpenAPI document.' }
)
