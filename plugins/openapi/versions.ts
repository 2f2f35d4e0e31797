import { Type } from 'typebox'
import { ValidationFailed } from '../errors/problems.ts'

/** Optimistic concurrency by row versions: `ETag: "7"` answers, `If-Match: "7"` asks. */
export const etagOf = (version: number) => `"${version}"`

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 100, description: 'A version, as ETag gave it.' })
  )
})

/** The version that If-Match names; undefined: any will do. @throws ValidationFailed */
export function versionIn(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const version = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(header)?.[1]
  if (version === undefined)
    throw new ValidationFailed('If-Match must be one version in quotes, as ETag gives it.')
  return Number(version)
}
