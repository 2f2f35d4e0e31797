import { Type } from 'typebox'
import { wrongParameter } from '../errors/faults.ts'
import { VersionMismatch } from '../errors/problems.ts'

/** Optimistic concurrency by row versions: a response has `ETag: "7"`, a request may have `If-Match: "7"`. */
export const etagOf = (version: number) => `"${version}"`

const tag = /(?:W\/)?"([^"]*)"/
const list = new RegExp(`^\\s*(\\*|${tag.source}(\\s*,\\s*${tag.source})*)\\s*$`)

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 200,
      pattern: list.source,
      description:
        'The version to change, as ETag gave it; several of them, or *. Another version: 412.',
      examples: ['"1"']
    })
  )
})

/**
 * Makes a change if the row has a version that If-Match names. `change` gets undefined where any version will do, and throws
 * VersionMismatch for another version. The lowest version comes first: versions only rise, so a row that changes meanwhile is
 * met by a later one. A tag that is no version names 0, which no row has. The proxy makes a tag weak when it compresses an
 * answer, so W/"7" is 7.
 * @throws ValidationFailed, VersionMismatch
 */
export async function ifMatch<Answer>(
  header: string | undefined,
  change: (version: number | undefined) => Promise<Answer>
): Promise<Answer> {
  for (const version of versionsIn(header)) {
    try {
      return await change(version)
    } catch (err) {
      if (!(err instanceof VersionMismatch)) throw err
    }
  }
  throw new VersionMismatch()
}

function versionsIn(header: string | undefined): Iterable<number | undefined> {
  if (header === undefined || header.trim() === '*') return [undefined]
  if (!list.test(header))
    throw wrongParameter('header.if-match', 'must be versions in quotes, as ETag gives them, or *')
  const versions = [...header.matchAll(new RegExp(tag, 'g'))].map(([, text = '']) =>
    /^\d{1,15}$/.test(text) ? Number(text) : 0
  )
  return new Set(versions.toSorted((one, other) => one - other))
}
