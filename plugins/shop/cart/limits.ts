/** How many products a cart holds at most. */
export const mostLines = 100

/** How many units of a product a cart or an order holds at most. */
export const mostUnits = 999
