import { Type } from 'typebox'
import { Page, PageQuery } from '../../plugins/kernel/http/pagination.ts'
import { mostPrice, Money, ref, Timestamp, Uuid } from '../../plugins/kernel/http/schemas.ts'

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

/** The answer for a slug that the product had before. */
export const Moved = Type.Null({
  description: 'The slug was that of a product before: Location has its slug of today.'
})

/** The parameter of one attribute: attributes[colour]=blue. */
export const attributeForm = /^attributes\[(.{1,100})\]$/u

const { page, limit } = PageQuery
const price = Type.Integer({ minimum: 0, maximum: mostPrice })

/** A query as the client sends it. `attributes` stands in the document; its values come under names of attributeForm. */
export type ProductParameters = Type.Static<typeof ProductParameters>
export const ProductParameters = Type.Object(
  {
    page,
    limit,
    category: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
        maxItems: 100,
        description: 'Slugs or ids, with their descendants; of several, any.'
      })
    ),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Words, or their beginnings, of name, SKU and description; accents do not count.'
      })
    ),
    min_price: Type.Optional(price),
    max_price: Type.Optional(price),
    in_stock: Type.Optional(Type.Boolean()),
    ids: Type.Optional(
      Type.Array(Uuid, {
        maxItems: 100,
        description: 'Only these products; unknown ids are absent.'
      })
    ),
    attributes: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'attributes[colour]=blue: products with this value, exactly; of several, all.'
      })
    ),
    sort: Type.Optional(
      Type.Enum(['newest', 'relevance', 'price_asc', 'price_desc', 'name'], {
        type: 'string',
        description:
          'relevance is the default with q: names and SKUs before descriptions; else newest.'
      })
    )
  },
  {
    additionalProperties: false,
    patternProperties: { [attributeForm.source]: Type.String({ maxLength: 1000 }) }
  }
)

export const ProductList = Type.Object({ products: Type.Array(ref(Product)), page: ref(Page) })
