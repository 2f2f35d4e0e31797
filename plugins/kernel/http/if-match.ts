import { Type } from 'typebox'
import { ValidationFailed } from '../errors/problems.ts'

/** Optimistic concurrency by row versions: a response has `ETag: "7"`, a request may have `If-Match: "7"`. */
export const etagOf = (version: number) => `"${version}"`

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 100,
      description: 'The version to change, as ETag gave it. Another version: 412.',
      examples: ['"1"']
    })
  )
})

/**
 * The version that If-Match names; undefined: any version. A tag that is not a version gives 0, which no row has.
 * @throws ValidationFailed
 */
export function versionIn(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const tag = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(header)?.[1]
  if (tag === undefined)
    throw new ValidationFailed('If-Match must be one version in quotes, as ETag gives it.')
  return /^\d{1,15}$/.test(tag) ? Number(tag) : 0
}
