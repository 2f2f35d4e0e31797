import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { Department, type Category, type Kind } from './department.ts'

/** The order decides which product has which number: a new department goes to the end. */
const slugs = [
  'clothing',
  'shoes',
  'kitchen',
  'home',
  'outdoor',
  'electronics',
  'sports',
  'stationery'
]

export const departments: readonly Department[] = slugs.map(readDepartment)

type Place = { department: Department; category: Category; kind: Kind }

/** Every kind of thing, the first of each category before the second of any: so a small catalog has all categories. */
export const places: readonly Place[] = departments
  .flatMap((department) =>
    department.categories.flatMap((category) =>
      category.kinds.map((kind, rank) => ({ department, category, kind, rank }))
    )
  )
  .toSorted((one, other) => one.rank - other.rank)

/** @throws one line that names the file and its first mistake */
function readDepartment(slug: string): Department {
  const file = `departments/${slug}.json`
  const data: unknown = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))
  const [mistake] = Value.Errors(Department, data)
  if (mistake) throw new Error(`scripts/seed/${file}${mistake.instancePath}: ${mistake.message}`)
  return data as Department
}
