import type { Category, Department, Kind } from '../department.ts'
import { clothing } from './clothing.ts'
import { electronics } from './electronics.ts'
import { home } from './home.ts'
import { kitchen } from './kitchen.ts'
import { outdoor } from './outdoor.ts'
import { shoes } from './shoes.ts'
import { sports } from './sports.ts'
import { stationery } from './stationery.ts'

export const departments: readonly Department[] = [
  clothing,
  shoes,
  kitchen,
  home,
  outdoor,
  electronics,
  sports,
  stationery
]

interface Place {
  department: Department
  category: Category
  kind: Kind
}

/** Every kind of thing there is, the first of each category before the second of any: a small catalog uses them all. */
export const places: readonly Place[] = departments
  .flatMap((department) =>
    department.categories.flatMap((category) =>
      category.kinds.map((kind, rank) => ({ department, category, kind, rank }))
    )
  )
  .toSorted((one, other) => one.rank - other.rank)
