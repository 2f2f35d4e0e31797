import { Type } from 'typebox'
import { Country } from '../../plugins/kernel/http/contact.ts'
import { absentIfNull, Line } from '../../plugins/kernel/http/schemas.ts'

const text = (maxLength: number) => absentIfNull(Line({ maxLength }))

/** Every member is optional: which of them a shop asks for is its own matter. A download needs no street. */
export const Address = Type.Object(
  {
    name: text(200),
    line1: text(200),
    line2: text(200),
    city: text(100),
    region: text(100),
    postal_code: text(20),
    country: absentIfNull(Country)
  },
  {
    title: 'Address',
    additionalProperties: false,
    description: 'Where to send it. Every member is optional.'
  }
)
