/** A product is cached under its id and under its slug. */
export const productKey = (id_or_slug: string) => `product:${id_or_slug.toLowerCase()}`

/** The name of a listing on a node. In Redis the generation stands in its key too. */
export const listingName = (query: string) => `products:${query}`
export const listingKey = (generation: string, query: string) => `products:${generation}:${query}`
