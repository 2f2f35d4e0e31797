/** One run of Spin: what is compiled into checkout.pml, by its names there. */
export type Configuration = { name: string; defines: string[] }

/** The protocol as it is, in seconds. All of them hold. */
export const small: Configuration[] = [
  { name: 'a request', defines: ['N=1'] },
  { name: 'a request, two resolvers', defines: ['N=1', 'RESOLVERS=2'] },
  { name: 'a request and its repeat', defines: ['SAME_KEY'] }
]

/** The same, larger. */
export const large: Configuration[] = [
  {
    name: 'a request and its repeat, two resolvers',
    defines: ['SAME_KEY', 'RESOLVERS=2']
  },
  { name: 'three buyers for two units, no cancel', defines: ['N=3', 'UNITS=2', 'CALM'] },
  { name: 'two buyers for one unit', defines: [] },
  { name: 'two clicks on one cart', defines: ['SAME_CART', 'UNITS=2'] }
]

/** Broken on purpose, each in one place: Spin has to find a way to lose money or stock in every one of them. */
export const broken: Configuration[] = [
  { name: 'asks "is there a charge?" instead of closing the payment', defines: ['N=1', 'FIND'] },
  { name: 'TX 2 does not compare before it sets', defines: ['N=1', 'NO_COMPARE'] },
  { name: 'TX 2 confirms an order whose reservation has ended', defines: ['N=1', 'REVIVES'] },
  { name: 'TX 1 takes stock without looking', defines: ['NO_GUARD'] },
  { name: 'who finds late money refunds it, without a row', defines: ['N=1', 'NO_REFUND_ROW'] },
  { name: 'a payment is over when it is given up', defines: ['N=1', 'GIVE_UP_CLOSES'] },
  { name: 'payments of cancelled orders are not looked at', defines: ['N=1', 'FORGETS'] },
  {
    name: 'a reservation expires by time, without a question to the provider',
    defines: ['N=1', 'EXPIRES_BY_TIME']
  },
  { name: 'one key places two orders', defines: ['SAME_KEY', 'NO_UNIQUE'] },
  { name: 'one cart is bought twice', defines: ['SAME_CART', 'UNITS=2', 'NO_UNIQUE'] },
  { name: 'the provider charges a payment twice', defines: ['N=1', 'CHARGES_TWICE'] },
  { name: 'the provider refunds a refund twice', defines: ['N=1', 'REFUNDS_TWICE'] }
]
