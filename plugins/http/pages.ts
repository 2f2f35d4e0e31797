import { Type } from 'typebox'
import { ValidationFailed } from '../errors/problems.ts'
import { defaulted } from './schemas.ts'

export type Page = Type.Static<typeof Page>
export const Page = Type.Object(
  { number: Type.Integer(), limit: Type.Integer(), total: Type.Integer(), pages: Type.Integer() },
  { $id: 'Page' }
)

/** Query members of every list. */
export const PageQuery = {
  page: defaulted(Type.Integer({ minimum: 1, maximum: 10_000, default: 1 })),
  limit: defaulted(Type.Integer({ minimum: 1, maximum: 100, default: 20 }))
}

type Wanted = { page: number; limit: number }

/** @throws ValidationFailed beyond the 10,000th row: what lies deeper is found by a filter */
export function checkDepth({ page, limit }: Wanted) {
  if (page * limit > 10_000) throw new ValidationFailed('page times limit must be 10,000 at most.')
}

/** The `page` member of a list's answer. */
export const pageOf = ({ page, limit }: Wanted, total: number): Page => ({
  number: page,
  limit,
  total,
  pages: Math.ceil(total / limit)
})
