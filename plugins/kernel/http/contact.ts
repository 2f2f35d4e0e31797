import { Type } from 'typebox'
import { countries } from '../../lib/countries.ts'

/** plugins/lib/email-address.ts says which addresses these are. */
export const Email = Type.String({
  format: 'idn-email',
  minLength: 3,
  maxLength: 254,
  description:
    'A mailbox of RFC 5321 or RFC 6531: "jörg@müller.example" and the quoted form are taken, with 64 octets before the @ at most.',
  examples: ['ada@example.com']
})

/** A pattern and not an enum, so that the documents and clients have a string with the exact list in it. */
export const Country = Type.String({
  minLength: 2,
  maxLength: 2,
  pattern: `^(${countriesByLetter()})$`,
  description: 'ISO 3166-1 alpha-2, one of the 249 assigned codes, in capitals.',
  examples: ['DE']
})

/** "A[DEF…]|B[ABD…]|…" */
function countriesByLetter() {
  const letters = Map.groupBy(countries, ([first]) => first)
  return [...letters]
    .map(([first, codes]) => `${first}[${codes.map(([, second]) => second).join('')}]`)
    .join('|')
}
