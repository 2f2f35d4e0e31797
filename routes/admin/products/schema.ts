import { Type } from 'typebox'
import { Price, ProductId, Uuid, uuidForm } from '../../../plugins/kernel/http/schemas.ts'
import { Product, Slug } from '../../products/schema.ts'

const status = Type.Enum(['draft', 'active', 'archived'], {
  type: 'string',
  title: 'ProductStatus',
  description: 'Only active products are in the catalog.'
})

/** A product as the shop's staff sees it. */
export const AdminProduct = Type.Object(
  { ...Product.properties, status },
  { title: 'AdminProduct', description: "A product as the shop's staff sees it." }
)

const optional = {
  slug: Type.Optional(
    Type.String({
      ...Slug,
      not: { type: 'string', pattern: uuidForm.source },
      description: 'Its name in URLs. No UUID.'
    })
  ),
  description: Type.Optional(Type.String({ maxLength: 10_000, description: 'What it is.' })),
  attributes: Type.Optional(
    Type.Record(Type.String({ minLength: 1, maxLength: 100 }), Type.String({ maxLength: 1000 }), {
      maxProperties: 100
    })
  ),
  image_url: Type.Optional(
    Type.Unsafe<string | null>({
      type: ['string', 'null'],
      maxLength: 2000,
      pattern: '^(https?://|/)\\S*$'
    })
  ),
  status: Type.Optional(Type.Enum(['active', 'draft'], { type: 'string' }))
}

/** Blanks, marks without width and the like: a text of nothing else cannot be seen. */
const unseen =
  '\\s\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0'
/** Marks that turn the direction of what follows them, on the whole page too. */
const turning = '\\u2028-\\u202e\\u2066-\\u2069'

const name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: `^[^${turning}]*[^${unseen}][^${turning}]*$`,
  description:
    'With at least one character that can be seen, without marks that override direction.'
})

export type NewProduct = Type.Static<typeof NewProduct>
export const NewProduct = Type.Object(
  {
    sku: Type.String({ minLength: 1, maxLength: 64, pattern: '^\\S(.*\\S)?$' }),
    name,
    price: Price,
    category_id: Uuid,
    ...optional,
    quantity: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Its first stock.' })
    )
  },
  {
    title: 'NewProduct',
    additionalProperties: false,
    description: 'A product to be made.',
    examples: [
      {
        sku: 'MUG-1',
        name: 'Enamel mug',
        price: { amount: 1_490, currency: 'USD' },
        category_id: '01941f29-7c00-7f8d-901d-c22873228cfe',
        quantity: 10
      }
    ]
  }
)

export type ProductPatch = Type.Static<typeof ProductPatch>
export const ProductPatch = Type.Object(
  {
    name: Type.Optional(name),
    price: Type.Optional(Price),
    category_id: Type.Optional(Uuid),
    ...optional
  },
  {
    title: 'ProductPatch',
    additionalProperties: false,
    minProperties: 1,
    description: 'Fields to change.',
    examples: [{ price: { amount: 1_290, currency: 'USD' } }]
  }
)

export const ProductParams = Type.Object({ id: ProductId })
