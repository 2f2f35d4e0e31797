import { Type } from 'typebox'
import { Page, PageQuery } from '../../plugins/kernel/http/pagination.ts'
import {
  Int64,
  defaulted,
  Money,
  mostPrice,
  NullableString,
  ProductId,
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
export const IdOrSlug = Type.Object({
  id_or_slug: Type.String({ minLength: 1, maxLength: 200, description: 'An id, or a slug.' })
})

const CategoryRef = Type.Object(
  {
    id: Uuid,
    slug: Type.String({ description: 'Its name in URLs.' }),
    name: Type.String({ description: 'Its name for people.' })
  },
  { title: 'CategoryRef', description: "A product's category." }
)

export type Product = Type.Static<typeof Product>
export const Product = Type.Object(
  {
    id: ProductId,
    sku: Type.String({ description: "The shop's own name for it, unique." }),
    slug: Slug,
    name: Type.String({ description: 'Its name for people.' }),
    description: Type.String({ description: 'What it is.' }),
    category: CategoryRef,
    price: Money,
    attributes: Type.Record(Type.String(), Type.String(), {
      description: 'Properties by their names.',
      examples: [{ colour: 'black', size: 'XXL' }]
    }),
    image_url: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Where its picture is.'
    }),
    quantity: Type.Integer({ description: 'Units that can be sold now.' }),
    in_stock: Type.Boolean({ description: 'Whether any can be sold now.' }),
    version: Type.Integer({ description: 'Rises with each change, but not with stock.' }),
    created_at: Timestamp,
    updated_at: Timestamp
  },
  { title: 'Product', description: 'What the shop sells.' }
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
    min_price: Type.Optional(
      Int64({ minimum: 0, maximum: mostPrice, description: 'In the minor unit.' })
    ),
    max_price: Type.Optional(
      Int64({ minimum: 0, maximum: mostPrice, description: 'In the minor unit.' })
    ),
    in_stock: Type.Optional(
      Type.Boolean({ description: 'Only what can be sold, or only what cannot.' })
    ),
    sort: defaulted(
      Type.Enum(['newest', 'price_asc', 'price_desc', 'name'], {
        type: 'string',
        default: 'newest',
        title: 'ProductSort',
        description: 'What comes first.'
      })
    )
  },
  { additionalProperties: false }
)

export const ProductList = Type.Object(
  { products: Type.Array(Product), page: Page },
  { title: 'ProductList', description: 'A page of products.' }
)
