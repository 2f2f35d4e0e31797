import { Type } from 'typebox'
import { wrongParameter } from '../errors/faults.ts'
import { VersionMismatch } from '../errors/problems.ts'

/** Optimistic concurrency by row versions: a response has `ETag: "7"`, a request may have `If-Match: "7"`. */
export const etagOf = (version: number) => `"${version}"`

/** A tag. The proxy makes a tag weak when it compresses an answer, so W/"7" is 7. */
const tag = /(?:W\/)?"([^"]*)"/
/** A list of HTTP may have empty elements. */
const list = new RegExp(`^[\\s,]*${tag.source}(\\s*,[\\s,]*${tag.source})*[\\s,]*$`)
const any = /^\s*\*\s*$/

export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 16_384,
      pattern: `${any.source}|${list.source}`,
      description:
        'The version to change, as ETag gave it; several of them, or *. Another version: 412.',
      examples: ['"1"']
    })
  )
})

/**
 * Makes a change if the row has a version that If-Match names. `change` gets undefined where any version will do, and throws
 * VersionMismatch for another version. Of several versions the one that the row has now is tried: `readVersion` says which.
 * When the row changes meanwhile, it is read again: versions only rise, so this ends.
 * @throws ValidationFailed, VersionMismatch
 */
export async function ifMatch<Answer>(
  header: string | undefined,
  readVersion: () => Promise<number>,
  change: (version: number | undefined) => Promise<Answer>
): Promise<Answer> {
  if (header === undefined || any.test(header)) return change(undefined)
  const versions = versionsIn(header)
  const [first] = versions
  if (versions.size === 1) return change(first)
  for (;;) {
    const version = await readVersion()
    if (!versions.delete(version)) throw new VersionMismatch()
    try {
      return await change(version)
    } catch (err) {
      if (!(err instanceof VersionMismatch)) throw err
    }
  }
}

/** A tag that is no version, as ETag writes it, names 0, which no row has. */
function versionsIn(header: string): Set<number> {
  if (!list.test(header))
    throw wrongParameter('header.if-match', 'must be versions in quotes, as ETag gives them, or *')
  return new Set(
    [...header.matchAll(new RegExp(tag, 'g'))].map(([, text = '']) =>
      /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0
    )
  )
}
