/** A product is cached under its id and under its slug. */
export const productKey = (id_or_slug: string) => `product:${id_or_slug.toLowerCase()}`
