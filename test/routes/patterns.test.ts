import t from 'tap'
import { options } from '../../app.ts'
import { validators } from '../../plugins/kernel/validators.ts'
import type { Schema, Shared } from '../../plugins/kernel/input/schema-of.ts'
import { build } from '../support/build.ts'

// The validators of every route get the texts that patterns dislike most: long runs of one character, and another one behind.

type Part = { part: string; schema: Schema; shared: Shared; validate: (data: unknown) => unknown }

const parts: Part[] = []
const { compilersFactory } = options.schemaController
t.teardown(() => (compilersFactory.buildValidator = validators))
compilersFactory.buildValidator = ((shared: never) => {
  const compile = validators(shared)
  return (definition: never) => {
    const { schema, httpPart = 'body' } = definition as { schema: Schema; httpPart?: string }
    const validate = compile(definition) as Part['validate']
    parts.push({ part: httpPart, schema, shared, validate })
    return validate
  }
}) as typeof validators
await build(t)

const runs = ['a', 'A', '1', ' ', '-', '.', '/', '"', '\\', '\u200b', '\u202e', 'é', '😀', '\t']
runs.push('a-', 'a.', '" ,', 'W/"1",', 'http://', 'DE', ', ')
const ends = ['!', '\u202e', '"']
const long = 20_000

function* texts(): Generator<string> {
  for (const run of runs)
    for (const end of ends)
      for (const length of [200, long]) yield run.repeat(length / run.length) + end
}

/** Values of a schema in which one text or one name is the given one. */
function* valuesOf(schema: Schema, shared: Shared, text: string): Generator<unknown> {
  if (schema.$ref !== undefined) return yield* valuesOf(shared[schema.$ref]!, shared, text)
  for (const one of [...(schema.anyOf ?? []), ...(schema.allOf ?? [])])
    yield* valuesOf(one, shared, text)
  const { properties = {}, patternProperties = {}, additionalProperties, items } = schema
  if ([schema.type].flat().includes('string')) yield text
  if (items) for (const value of valuesOf(items, shared, text)) yield [value]
  for (const [name, member] of Object.entries(properties))
    for (const value of valuesOf(member, shared, text)) yield { [name]: value }
  for (const member of Object.values(patternProperties))
    for (const value of valuesOf(member, shared, text))
      yield* [{ 'attributes[x]': value }, { [`attributes[${text}]`]: 'x' }]
  if (typeof additionalProperties === 'object')
    for (const value of valuesOf(additionalProperties, shared, text)) yield { x: value }
  if ([schema.type].flat().includes('object')) yield { [text]: 'x' }
}

t.test('a node judges every text of every route in a moment, however long it is', async (t) => {
  let tried = 0
  let worst = { ms: 0, what: '' }
  for (const { part, schema, shared, validate } of parts)
    for (const text of texts())
      for (const value of valuesOf(schema, shared, text)) {
        const what = `${part} ${JSON.stringify(value).slice(0, 60)}`
        const began = process.cpuUsage()
        validate(value)
        const { user, system } = process.cpuUsage(began)
        const ms = (user + system) / 1000
        if (ms > worst.ms) worst = { ms, what }
        if (ms > 500) return t.fail(`${ms} ms for ${what}`)
        tried++
      }
  t.ok(tried > 5000, `${tried} values`)
  t.comment(`${worst.ms} ms for ${worst.what}`)
})

const compile = (schema: object) => validators({} as never)({ schema, httpPart: 'body' } as never)

t.test('a route is refused a pattern or a format without a length beside it', async (t) => {
  for (const text of [{ pattern: '^a*$' }, { format: 'uuid' }])
    t.throws(
      () => compile({ type: 'object', properties: { name: { type: 'string', ...text } } }),
      /needs a maxLength beside it/
    )
  t.throws(() => compile({ type: 'string', format: 'nonsense', maxLength: 1 }), /is unknown/)
})

t.test('a text that is too long has that fault alone', async (t) => {
  const validate = validators({} as never)({
    schema: { type: 'string', pattern: '^(a|a)*$', format: 'uuid', maxLength: 4 },
    httpPart: 'body'
  } as never) as unknown as (data: unknown) => { error: { keyword: string }[] }
  const keywordsOf = (text: string) => validate(text).error.map(({ keyword }) => keyword)
  t.same(keywordsOf('b'.repeat(5)), ['maxLength'])
  t.same(keywordsOf('😀'.repeat(5)), ['maxLength'])
  t.same(keywordsOf('😀'.repeat(4)), ['pattern', 'format'])
})
