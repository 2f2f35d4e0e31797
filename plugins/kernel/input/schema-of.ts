/** The parts of a JSON Schema that say how a value of a request is read. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  anyOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  /** `absent`: null counts as if the member were not there. */
  'x-null'?: 'absent'
  propertyNames?: Schema
  /** What else is wrong with a value, beside the other members of its object; undefined: nothing. */
  'x-check'?: Check
  /** The text stands on one line that people read. */
  'x-line'?: true
  /** The text is for people, and may have tabs and line breaks. */
  'x-multiline'?: true
}

/** Keywords that say how a node reads a value; no client needs them. */
export const readerKeywords = new Set(['x-null', 'x-check', 'x-line', 'x-multiline', 'if', 'else'])

/** It is also called for a value that the schema refuses. */
export type Check = (value: unknown, siblings: Record<string, unknown>) => string | undefined

/** Schemas by their `$id`. */
export type Shared = Record<string, Schema>

/** The schema behind a reference, and of "this or null" the schema of this. */
export function resolved(schema: Schema, shared: Shared): Schema {
  const { $ref, allOf, anyOf } = schema
  if ($ref !== undefined) return resolved(shared[$ref] ?? {}, shared)
  const part = anyOf?.find(({ type }) => type !== 'null') ?? allOf?.[0]
  return part ? resolved(part, shared) : schema
}

/** The schema of one member or element; undefined: the schema does not know it. `parent` is a resolved schema. */
export function memberOf(parent: Schema, name: string): Schema | undefined {
  const { properties, patternProperties, additionalProperties, items } = parent
  if (items) return items
  if (properties && Object.hasOwn(properties, name)) return properties[name]
  const pattern = Object.keys(patternProperties ?? {}).find((form) =>
    new RegExp(form, 'u').test(name)
  )
  if (pattern !== undefined) return patternProperties![pattern]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

export const isOfType = ({ type }: Schema, wanted: string) =>
  type === wanted || (Array.isArray(type) && type.includes(wanted))
