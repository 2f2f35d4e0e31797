/** What the server of limits answers, and the schemas of what it is sent. */
export type Bodies = {
  details: string
  listing: string
  cart: string
  refusal: string
  line: object
  purchase: object
}
