import { ValidationFailed } from '../../../plugins/kernel/errors/problems.ts'
import { uuidForm } from '../../../plugins/kernel/http/schemas.ts'

/** A slug from a name: "Crème brûlée dish, 12 cm" is creme-brulee-dish-12-cm. @throws ValidationFailed if nothing is left */
export function slugFrom(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 200)
    .replace(/^-+|-+$/g, '')
  if (slug === '' || uuidForm.test(slug))
    throw new ValidationFailed('No slug can be made from this name: send one.')
  return slug
}
