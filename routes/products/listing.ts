import type { FastifyRequest } from 'fastify'
import { attributeForm, type ProductParameters } from './schema.ts'

/** Which products a client asks for, and in which order. */
export type ProductQuery = Omit<ProductParameters, 'sort'> & {
  sort: NonNullable<ProductParameters['sort']>
}

/** Before the validation: category=a,b and category=a&category=b are the same list, and so it is with ids. */
export async function splitLists(request: FastifyRequest) {
  const query = request.query as Record<string, string | string[]>
  for (const name of ['category', 'ids']) {
    const given = query[name]
    if (given === undefined) continue
    const values = [given].flat().flatMap((text) => text.split(','))
    const named = values.map((value) => value.trim().toLowerCase()).filter(Boolean)
    if (named.length === 0) delete query[name]
    else query[name] = [...new Set(named)]
  }
}

/** The query behind the parameters: with the attributes in one member, and with the sort that holds when none is given. */
export function toQuery({ q, sort = 'relevance', ...rest }: ProductParameters): ProductQuery {
  const query: ProductQuery = {
    ...rest,
    sort: q === undefined && sort === 'relevance' ? 'newest' : sort
  }
  if (q !== undefined) query.q = q
  for (const [parameter, value] of Object.entries(rest)) {
    const name = attributeForm.exec(parameter)?.[1]
    if (name === undefined) continue
    delete query[parameter as keyof ProductQuery]
    query.attributes = { ...query.attributes, [name]: String(value) }
  }
  return query
}

/**
 * The name of a listing in the cache: the same for the same query in any order of its parameters and of its categories.
 * undefined: the query has so many forms that it hardly comes twice, so its listing is not kept.
 */
export function listingQuery({ page, ...rest }: ProductQuery): string | undefined {
  const { q, min_price, max_price, ids, attributes } = rest
  const has_bounds = min_price !== undefined || max_price !== undefined
  if (ids || attributes || (q !== undefined && has_bounds)) return undefined
  const query = new URLSearchParams(
    Object.entries(rest).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? value.toSorted().join() : String(value)
    ])
  )
  query.sort()
  return `page:${page}:${query}`
}
