/** Rules that OpenAPI cannot say: a request that fits the document is refused by one of them. */
export const unsayable: { code: string; detail?: RegExp; reason: string }[] = [
  {
    code: 'validation_failed',
    detail:
      /must not contain control characters|must be well-formed|surrogate|is empty|blank|can be seen|direction of text/,
    reason:
      'Text is judged after it is trimmed, by classes of characters that patterns of all languages cannot name alike.'
  },
  {
    code: 'validation_failed',
    detail: /query\.page times limit/,
    reason: 'No keyword compares two parameters.'
  },
  {
    code: 'validation_failed',
    detail: /(product_id|quantity|items).*(beside items|is required|not taken)/,
    reason:
      'Either one product or items: oneOf would split the body into two types in generated clients.'
  },
  {
    code: 'validation_failed',
    detail: /#\/email|query\.q /,
    reason: 'An address is judged by octets, and its form by RFC 5321 and 6531.'
  },
  {
    code: 'validation_failed',
    detail: /attributes/,
    reason:
      'The names of attributes are parts of names of parameters, and have bounds of their own.'
  },
  {
    code: 'idempotency_key_required',
    reason: 'A header that is required with one member of a body.'
  },
  { code: 'category_not_found', reason: 'A category that the shop does not have.' },
  { code: 'currency_mismatch', reason: 'The currency of the shop is a setting.' },
  { code: 'cart_empty', reason: 'What a session has put into its cart.' },
  { code: 'cart_limit_exceeded', reason: 'What a session has put into its cart.' },
  { code: 'idempotency_key_reused', reason: 'What a key was used for.' },
  { code: 'version_mismatch', reason: 'The version that a row has now.' },
  { code: 'payment_declined', reason: 'A token of the simulated provider for a declined card.' },
  { code: 'payment_failed', reason: 'A token of the simulated provider whose answer is lost.' }
]

/** Requests that do not fit the document, and are answered otherwise than with 400. */
export const accepted: { status: string; detail: RegExp; reason: string }[] = [
  {
    status: '414',
    detail: /in path - string larger than maxLength/,
    reason: 'A path that is too long is refused before its parts are looked at.'
  },
  {
    status: '200',
    detail: /in query - \w+: String smaller than minLength/,
    reason: 'An empty parameter of a query is absent.'
  }
]
