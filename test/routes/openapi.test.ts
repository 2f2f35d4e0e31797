import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t from 'tap'
import * as problems from '../../plugins/kernel/errors/problems.ts'
import { codes } from '../../plugins/kernel/openapi/codes.ts'
import { nameSchemas } from '../../plugins/kernel/openapi/name-schemas.ts'
import { build } from '../support/build.ts'
import { call } from './shop.ts'

// What the OpenAPI document tells beyond its form: names, descriptions, codes, headers, examples.

type Json = Record<string, unknown>
type Operation = {
  operationId: string
  description?: string
  security?: Json[]
  parameters?: Json[]
  requestBody?: { content: Record<string, { schema: Json; example?: unknown }> }
  responses: Record<string, Json>
}

const app = await build(t)
const document = (await call(app, 'GET /openapi.json')).body as {
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, Json>>
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.values(methods).map((operation) => ({ ...operation, path }))
)
const find = (id: string) => operations.find(({ operationId }) => operationId === id)!

const resolve = (part: Json): Json => {
  if (typeof part.$ref !== 'string') return part
  const [, , kind, name] = part.$ref.split('/') as [string, string, string, string]
  return document.components[kind]![name]!
}

t.test(
  'every operation, parameter, body and schema of the document has a description',
  async (t) => {
    for (const { operationId, description, parameters = [] } of operations) {
      t.ok(description, operationId)
      for (const parameter of parameters) {
        const { name, description: text } = resolve(parameter)
        t.ok(text, `${operationId} ${String(name)}`)
      }
    }
    for (const [name, schema] of Object.entries(document.components.schemas!))
      t.ok(schema.description, name)
  }
)

t.test(
  'every body and every list is a component, and no operation has a schema in place',
  async (t) => {
    for (const { operationId, requestBody, responses } of operations) {
      const contents = [requestBody, ...Object.values(responses).map(resolve)].flatMap((one) =>
        Object.values((one?.content ?? {}) as Record<string, { schema: Json }>)
      )
      for (const { schema } of contents)
        t.match(schema.$ref, /^#\/components\/schemas\//, operationId)
    }
  }
)

t.test('amounts of money have 64 bits', async (t) => {
  const { Money } = document.components.schemas!
  t.match(Money, { properties: { amount: { format: 'int64' } } })
  for (const name of ['min_price', 'max_price'])
    t.match(
      find('listProducts').parameters!.find((one) => one.name === name),
      { schema: { format: 'int64' } }
    )
})

t.test(
  'every operation of the API lists the codes of its errors, each with an example',
  async (t) => {
    for (const { operationId, path, responses } of operations) {
      if (!path.startsWith('/api/')) continue
      for (const [status, response] of Object.entries(responses)) {
        if (!/^[45]\d\d$/.test(status)) continue
        const answer = resolve(response) as {
          'x-codes': string[]
          content: Json
          description: string
        }
        const { examples } = answer.content['application/problem+json'] as { examples: Json }
        t.same(Object.keys(examples), answer['x-codes'], `${operationId} ${status}`)
        for (const code of answer['x-codes']) {
          t.match(answer.description, code)
          const { value } = resolve(examples[code] as Json) as { value: Json }
          t.match(value, { code, status: Number(status) }, `${operationId} ${status}`)
        }
      }
    }
    const declined = resolve(find('checkout').responses['402']!)
    t.ok((declined['x-codes'] as string[]).includes('payment_declined'))
  }
)

t.test('every error of the code is explained', async (t) => {
  const known = Object.values(problems).flatMap((one) =>
    one.prototype instanceof Error
      ? [new (one as typeof problems.NotFound)().code.toLowerCase()]
      : []
  )
  for (const code of known) t.ok(codes[code]?.means, code)
  const { ProblemCode } = document.components.schemas!
  for (const code of known) t.ok((ProblemCode!.enum as string[]).includes(code), code)
})

t.test('headers have their usual spelling, and answers name theirs', async (t) => {
  const inNames = (id: string) => find(id).parameters!.map((one) => resolve(one).name)
  const outNames = (id: string, status: string) =>
    Object.keys(find(id).responses[status]!.headers as Json)
  for (const name of ['Idempotency-Key', 'X-Session-ID', 'X-Request-ID'])
    t.ok(inNames('checkout').includes(name), name)
  for (const name of [
    'Location',
    'Idempotency-Replayed',
    'X-Session-ID',
    'X-Consistency-Token',
    'Set-Cookie',
    'RateLimit-Remaining',
    'X-Request-ID'
  ])
    t.ok(outNames('checkout', '201').includes(name), name)
  t.ok(inNames('getProduct').includes('If-None-Match'))
  t.ok(inNames('updateProduct').includes('If-Match'))
  for (const name of ['ETag', 'X-Cache']) t.ok(outNames('getProduct', '200').includes(name), name)
  t.ok(find('getProduct').responses['304'])
  t.ok((resolve(find('checkout').responses['429']!).headers as Json)['Retry-After'])
  t.ok((resolve(find('setStock').responses['401']!).headers as Json)['WWW-Authenticate'])
})

t.test('a session is optional, and public operations have no security', async (t) => {
  t.same(find('checkout').security, [{}, { session: [] }, { cookie: [] }])
  t.same(find('listProducts').security, [])
  t.same(find('getLiveness').security, [])
})

t.test('the examples of the document fit their schemas', async (t) => {
  const ajv = new Ajv2020({ strict: false, logger: false })
  formats.default(ajv)
  ajv.addSchema({ ...document, $id: 'document' } as object)
  const check = (schema: object, value: unknown, name: string) => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"document#/')
    const validate = ajv.compile(JSON.parse(text) as object)
    t.ok(validate(value), `${name}: ${ajv.errorsText(validate.errors)}`)
  }
  for (const { operationId, requestBody, parameters = [] } of operations) {
    for (const { schema, example } of Object.values(requestBody?.content ?? {}))
      if (example !== undefined) check(schema, example, operationId)
    for (const { name, schema, example } of parameters.map(resolve))
      if (example !== undefined) check(schema as object, example, `${operationId} ${String(name)}`)
  }
  for (const [name, schema, example] of examplesIn(document.components.schemas!))
    check(schema, example, name)
  for (const [name, { value }] of Object.entries(document.components.examples!))
    check({ $ref: '#/components/schemas/Problem' }, value, name)
})

function* examplesIn(part: Json, name = ''): Generator<[string, object, unknown]> {
  for (const [key, value] of Object.entries(part)) {
    if (typeof value !== 'object' || value === null || key === 'examples') continue
    for (const example of (value as { examples?: unknown[] }).examples ?? [])
      yield [`${name}/${key}`, value, example]
    yield* examplesIn(value as Json, `${name}/${key}`)
  }
}

t.test('two different schemas with one title are refused', async (t) => {
  const named = {}
  nameSchemas({ schema: { title: 'Mug', type: 'object' } }, named)
  t.same(nameSchemas({ type: ['object', 'null'], title: 'Mug' }, named), {
    anyOf: [{ $ref: '#/components/schemas/Mug' }, { type: 'null' }]
  })
  t.throws(() => nameSchemas({ title: 'Mug', type: 'string' }, named), /title Mug/)
})
