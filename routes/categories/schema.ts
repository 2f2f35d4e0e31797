import { Type } from 'typebox'
import { NullableUuid, ref, Uuid } from '../../plugins/kernel/http/schemas.ts'

export type Category = Type.Static<typeof Category>
export const Category = Type.Object(
  {
    id: Uuid,
    slug: Type.String(),
    name: Type.String(),
    description: Type.String(),
    parent_id: NullableUuid
  },
  { $id: 'Category' }
)

export const CategoryList = Type.Object({ categories: Type.Array(ref(Category)) })
