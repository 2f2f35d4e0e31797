import { Type } from 'typebox'
import { Page, PageQuery } from '../../plugins/kernel/http/pagination.ts'
import {
  defaulted,
  mostPrice,
  Money,
  ref,
  Timestamp,
  Uuid
} from '../../plugins/kernel/http/schemas.ts'

export const slugForm = /^[a-z0-9]+(-[a-z0-9]+)*$/

export const Slug = Type.String({
  pattern: slugForm.source,
  minLength: 1,
  maxLength: 200
})

/** An id or a slug in a path. A name that is neither is answered as an unknown product: 404. */
export const IdOrSlug = Type.Object({ id_or_slug: Type.String({ minLength: 1, maxLength: 200 }) })

export type Product = Type.Static<typeof Product>
export const Product = Type.Object(
  {
    id: Uuid,
    sku: Type.String(),
    slug: Slug,
    name: Type.String(),
    description: Type.String(),
    category: Type.Object({ id: Uuid, slug: Type.String(), name: Type.String() }),
    price: ref(Money),
    attributes: Type.Record(Type.String(), Type.String()),
    image_url: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    quantity: Type.Integer({ description: 'Units that can be sold now.' }),
    in_stock: Type.Boolean(),
    version: Type.Integer(),
    created_at: Timestamp,
    updated_at: Timestamp
  },
  { $id: 'Product' }
)

export type ProductQuery = Type.Static<typeof ProductQuery>
export const ProductQuery = Type.Object(
  {
    ...PageQuery,
    category: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'A slug; with its descendants.' })
    ),
    q: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'Words, or their beginnings.' })
    ),
    min_price: Type.Optional(Type.Integer({ minimum: 0, maximum: mostPrice })),
    max_price: Type.Optional(Type.Integer({ minimum: 0, maximum: mostPrice })),
    in_stock: Type.Optional(Type.Boolean()),
    sort: defaulted(
      Type.Enum(['newest', 'price_asc', 'price_desc', 'name'], {
        type: 'string',
        default: 'newest'
      })
    )
  },
  { additionalProperties: false }
)

export const ProductList = Type.Object({ products: Type.Array(ref(Product)), page: ref(Page) })
