import { Type } from 'typebox'
import { Timestamp, Uuid } from '../../plugins/kernel/http/schemas.ts'

/** A schema with a `title` is a named component of the OpenAPI document, and a type of the generated SDKs. */
export type Template = Type.Static<typeof Template>
export const Template = Type.Object(
  { id: Uuid, name: Type.String(), updated_at: Timestamp },
  { title: 'Template', additionalProperties: false, description: 'What it is.' }
)

/** Every string, array and number of a request has bounds, and unknown members are refused. */
export const TemplateParams = Type.Object(
  { id: Type.String({ ...Uuid, description: 'Which one.' }) },
  { additionalProperties: false }
)
