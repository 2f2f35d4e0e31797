import { SkuTaken, SlugTaken, UnknownCategory } from '../../../plugins/kernel/errors/problems.ts'

/** Turns the violation of a constraint, by its name, into the error that tells the client what to change. */
export function explainConflict(
  err: unknown,
  product: { sku?: string; category_id?: string; slug?: string }
): never {
  switch (constraintOf(err)) {
    case 'products_sku_taken':
    case 'products_sku_twin':
      throw new SkuTaken(product.sku)
    case 'products_slug_taken':
      throw new SlugTaken(product.slug)
    case 'products_category_not_found':
      throw new UnknownCategory(product.category_id)
    default:
      throw err
  }
}

export const slugIsTaken = (err: unknown) => constraintOf(err) === 'products_slug_taken'

const constraintOf = (err: unknown) =>
  err instanceof Error && 'constraint' in err ? err.constraint : undefined
