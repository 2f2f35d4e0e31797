import { Type } from 'typebox'
import { Page, PageQuery } from '../../plugins/kernel/http/pagination.ts'
import {
  Int64,
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
    // A record would leave out names that its pattern does not see.
    attributes: Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: Type.String(),
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

/** The answer for a slug that the product had before. */
export const Moved = Type.Null({
  description: 'The slug was that of a product before: Location has its slug of today.'
})

/** The parameter of one attribute: attributes[colour]=blue. */
export const attributeForm = /^attributes\[([\s\S]{1,100})\]$/u

/**
 * Any name may stand here. One that is named makes a class of it in generated clients: the code that the generator for Java
 * writes for a map does not compile.
 */
const AttributeFilter = Type.Unsafe<Record<string, string>>(
  Type.Object(
    { brand: Type.Optional(Type.String({ description: 'For example.' })) },
    {
      title: 'AttributeFilter',
      patternProperties: { '^.{1,100}$': Type.String({ maxLength: 1000 }) },
      description: 'attributes[colour]=blue: products with this value, exactly; of several, all.'
    }
  )
)

const { page, limit } = PageQuery
const price = Int64({ minimum: 0, maximum: mostPrice, description: 'In the minor unit.' })

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
    in_stock: Type.Optional(
      Type.Boolean({ description: 'Only what can be sold, or only what cannot.' })
    ),
    ids: Type.Optional(
      Type.Array(Uuid, {
        maxItems: 100,
        description: 'Only these products; unknown ids are absent.'
      })
    ),
    attributes: Type.Optional(AttributeFilter),
    sort: Type.Optional(
      Type.Enum(['newest', 'relevance', 'price_asc', 'price_desc', 'name'], {
        type: 'string',
        title: 'ProductSort',
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

export const ProductList = Type.Object(
  { products: Type.Array(Product), page: Page },
  { title: 'ProductList', description: 'A page of products.' }
)
