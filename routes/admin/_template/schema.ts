import { Type } from 'typebox'
import { Page, PageQuery } from '../../../plugins/kernel/http/pagination.ts'
import { Timestamp, Uuid } from '../../../plugins/kernel/http/schemas.ts'

export type Template = Type.Static<typeof Template>
export const Template = Type.Object(
  { id: Uuid, name: Type.String(), updated_at: Timestamp },
  { title: 'Template', additionalProperties: false, description: 'What it is.' }
)

export type TemplateQuery = Type.Static<typeof TemplateQuery>
export const TemplateQuery = Type.Object(PageQuery, { additionalProperties: false })

export const TemplateList = Type.Object(
  { items: Type.Array(Template), page: Page },
  { title: 'TemplateList', description: 'A page of them.' }
)
