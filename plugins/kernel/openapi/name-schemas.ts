type Schema = Record<string, unknown> & {
  title?: string
  type?: string | string[]
  enum?: unknown[]
}
type Schemas = Record<string, unknown>

/**
 * Makes a component of every schema with a `title`, and a reference where it stood, so that generated clients have one type for
 * it. A titled schema that may be null becomes a reference or null.
 * @throws an Error when two different schemas have one title
 */
export function nameSchemas<T>(part: T, schemas: Schemas): T {
  if (Array.isArray(part)) return part.map((one) => nameSchemas(one, schemas)) as T
  if (typeof part !== 'object' || part === null) return part
  const named = Object.fromEntries(
    Object.entries(part)
      .filter(([name]) => !internal.has(name))
      .map(([name, value]) => [name, opaque.has(name) ? value : nameSchemas(value, schemas)])
  ) as Schema
  return (typeof named.title === 'string' ? refer(named, schemas) : named) as T
}

/** Values, in which a title is no name of a schema. */
const opaque = new Set(['example', 'examples', 'default', 'enum', 'const'])

/** Keywords for the validators of a node. */
const internal = new Set(['x-null', 'x-multiline', 'x-check', 'if', 'else'])

function refer({ title, default: preset, ...schema }: Schema, schemas: Schemas) {
  const name = title!
  const types = [schema.type].flat()
  const nullable = types.includes('null')
  const component = nullable ? withoutNull(schema) : schema
  const known = (schemas[name] ??= component) as Schema
  if (form(known) !== form(component)) throw new Error(`two schemas have the title ${name}`)
  if (!known.examples && component.examples) known.examples = component.examples

  const reference = { $ref: `#/components/schemas/${name}` }
  const own = {
    ...(schema.description !== known.description && { description: schema.description }),
    // An object as a default only makes the validator fill in the defaults of its members.
    ...(preset !== undefined && typeof preset !== 'object' && { default: preset })
  }
  return nullable ? { anyOf: [reference, { type: 'null' }], ...own } : { ...reference, ...own }
}

function withoutNull({ type, ...schema }: Schema): Schema {
  const types = (type as string[]).filter((one) => one !== 'null')
  return {
    type: types.length === 1 ? types[0]! : types,
    ...schema,
    ...(schema.enum && { enum: schema.enum.filter((value) => value !== null) })
  }
}

/** What two uses of one schema have in common. */
function form(schema: Schema): string {
  const kept = Object.entries(schema).filter(([name]) => !annotations.has(name))
  return JSON.stringify(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const annotations = new Set(['description', 'example', 'examples'])
