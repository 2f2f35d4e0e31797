import { Type } from 'typebox'
import {
  emptiedByNull,
  Line,
  Lines,
  Price,
  ProductId,
  Uuid,
  uuidForm
} from '../../../plugins/kernel/http/schemas.ts'
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

const description = Lines({ maxLength: 10_000, description: 'What it is.' })

/** `patternProperties` would not see every name: the dot of a pattern is no line separator. */
const attributes = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: Line({ minLength: 1, maxLength: 100 }),
  additionalProperties: Line({ maxLength: 1000 }),
  maxProperties: 100,
  description: 'Properties by their names, which have 1 to 100 characters.'
})

const optional = {
  slug: Type.Optional(
    Type.String({
      ...Slug,
      not: { type: 'string', pattern: uuidForm.source, maxLength: 36 },
      description: 'Its name in URLs. No UUID.'
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

const name = Line({
  minLength: 1,
  maxLength: 200,
  description:
    'With at least one character that can be seen, without marks that override direction.'
})

export type NewProduct = Type.Static<typeof NewProduct>
export const NewProduct = Type.Object(
  {
    sku: Line({ minLength: 1, maxLength: 64 }),
    name,
    price: Price,
    category_id: Uuid,
    ...optional,
    description: Type.Optional(description),
    attributes: Type.Optional(attributes),
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
    ...optional,
    description: emptiedByNull(description),
    attributes: emptiedByNull(attributes)
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
