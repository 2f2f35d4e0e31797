import { Type, type Static } from 'typebox'

const Text = Type.String({ minLength: 1 })
const Texts = Type.Array(Text, { minItems: 1 })
const strict = { additionalProperties: false }

/** A thing that is sold in many variants. `{material}` and the like stand for the variant's choice among `options`. */
export type Kind = Static<typeof Kind>
const Kind = Type.Object(
  {
    name: Text,
    /** The first sentence of a description. */
    about: Text,
    /** From and to, in whole units of the currency. */
    price: Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })]),
    /** The attributes of a variant. At least 22 combinations, so that a million names differ. */
    options: Type.Record(Type.String(), Texts)
  },
  strict
)

export type Category = Static<typeof Category>
const Category = Type.Object(
  {
    slug: Text,
    name: Text,
    description: Text,
    /** How to care for it, what comes with it: the second sentence of a description. */
    notes: Texts,
    kinds: Type.Array(Kind, { minItems: 1 })
  },
  strict
)

/** A root category of the sample catalog: who makes its goods, and what they are. One JSON file each, in departments/. */
export type Department = Static<typeof Department>
export const Department = Type.Object(
  {
    slug: Text,
    name: Text,
    description: Text,
    brands: Texts,
    categories: Type.Array(Category, { minItems: 1 })
  },
  strict
)
