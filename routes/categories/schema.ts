import { Type } from 'typebox'
import { NullableUuid, Uuid } from '../../plugins/kernel/http/schemas.ts'

export type Category = Type.Static<typeof Category>
export const Category = Type.Object(
  {
    id: Uuid,
    slug: Type.String({ description: 'Its name in URLs.' }),
    name: Type.String({ description: 'Its name for people.' }),
    description: Type.String({ description: 'What is in it.' }),
    parent_id: NullableUuid
  },
  { title: 'Category', description: 'A category of products.' }
)

export const CategoryList = Type.Object(
  { categories: Type.Array(Category) },
  { title: 'CategoryList', description: 'All categories.' }
)
