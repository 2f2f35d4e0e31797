import { Type } from 'typebox'
import type { Check } from '../input/schema-of.ts'
import { defaulted } from './schemas.ts'

export type Page = Type.Static<typeof Page>
export const Page = Type.Object(
  {
    number: Type.Integer({ description: 'Which page this is, from 1.' }),
    limit: Type.Integer({ description: 'How many a page has.' }),
    total: Type.Integer({ description: 'How many there are in all; with more, at least.' }),
    pages: Type.Integer({ description: 'How many pages can be asked for.' }),
    more: Type.Optional(
      Type.Literal(true, {
        description: 'There are more than total, which ends at 10,000; a search then lists 1,000.'
      })
    )
  },
  { title: 'Page', description: 'Where a page lies in its list.' }
)

/** Rows that lie deeper are neither counted nor listed; a client finds them by a filter. */
export const mostDeep = 10_000

const checkDepth: Check = (page, { limit }) =>
  Number(page) <= mostDeep && Number(page) * Number(limit) > mostDeep
    ? 'times limit must be 10,000 at most'
    : undefined

/** The query members of every list. */
export const PageQuery = {
  page: defaulted(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1,
      'x-check': checkDepth,
      description: 'Which page, from 1. page times limit is at most 10,000.'
    })
  ),
  limit: defaulted(
    Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'How many a page has.' })
  )
}

/** How many rows are listed of a search that finds more than `mostDeep`. */
export const mostFound = 1_000

type Wanted = { page: number; limit: number }

/** The `page` member of a list. `reach`: there are more rows than `total`, and the client may page through so many. */
export const pageOf = ({ page, limit }: Wanted, total: number, reach?: number): Page => ({
  number: page,
  limit,
  total,
  pages: Math.min(Math.ceil((reach ?? total) / limit), Math.floor(mostDeep / limit)),
  ...(reach !== undefined && { more: true as const })
})
