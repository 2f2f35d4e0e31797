/** Where the stock gate keeps what it knows of a product; the braces are a hash tag. */
export const inventoryKey = (product_id: string) => `inventory:{${product_id}}`
