import Fastify from 'fastify'
import t from 'tap'
import { Type } from 'typebox'
import { options } from '../../../app.ts'
import errorHandling from '../../../plugins/kernel/errors/index.ts'
import {
  absentIfNull,
  defaulted,
  emptiedByNull,
  Lines
} from '../../../plugins/kernel/http/schemas.ts'
import jsonBody from '../../../plugins/kernel/json-body.ts'

const closed = { additionalProperties: false }
const name = Type.String({ minLength: 1, maxLength: 40 })
const Place = Type.Object({ city: absentIfNull(name) }, { $id: 'Place', ...closed })
const New = Type.Object(
  {
    name,
    notes: absentIfNull(Lines({ maxLength: 100 })),
    size: absentIfNull(Type.Enum(['s', 'm'], { type: 'string' })),
    colour: defaulted(absentIfNull(Type.String({ default: 'blue' }))),
    place: absentIfNull(Type.Unsafe<object>(Type.Ref('Place'))),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    items: Type.Optional(
      Type.Array(Type.Object({ quantity: Type.Integer({ minimum: 1 }) }, closed), { maxItems: 3 })
    )
  },
  closed
)
const Change = Type.Object({ name: Type.Optional(name), notes: emptiedByNull(Lines({})) }, closed)
const Query = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 20 })),
    limit: defaulted(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    share: Type.Optional(Type.Number()),
    in_stock: Type.Optional(Type.Boolean()),
    ids: Type.Optional(Type.Array(Type.Integer(), { maxItems: 3 }))
  },
  closed
)
const Headers = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 16 })) })

const app = Fastify({ ...options, logger: false })
t.teardown(() => app.close())
await app.register(errorHandling)
await app.register(jsonBody)
app.addSchema(Place)
app.post('/things', { schema: { body: New, headers: Headers } }, async ({ body }) => body as object)
app.patch('/things', { schema: { body: Change } }, async ({ body }) => body as object)
app.get('/things', { schema: { querystring: Query } }, async ({ query }) => query as object)
app.get(
  '/things/:id',
  { schema: { params: Type.Object({ id: Type.String({ format: 'uuid', maxLength: 36 }) }) } },
  async () => ({})
)

async function send(method: 'POST' | 'PATCH', payload: object, headers = {}) {
  const answer = await app.inject({ method, url: '/things', payload, headers })
  return { status: answer.statusCode, body: answer.json(), text: answer.body }
}
const post = (payload: object) => send('POST', payload)

const full = (unit: string) => unit.repeat(Math.floor(60_000 / unit.length))

async function ask(query: string) {
  const answer = await app.inject(`/things?${query}`)
  return { status: answer.statusCode, body: answer.json() }
}

t.test('a body has its strings trimmed at both ends before it is validated', async (t) => {
  const { body } = await post({
    name: ' \u00a0Ada\t\n',
    labels: { a: ' b ' },
    place: { city: ' x ' }
  })
  t.same(body, { name: 'Ada', labels: { a: 'b' }, place: { city: 'x' }, colour: 'blue' })
  t.match(await post({ name: ' \n ' }), { status: 400, body: { errors: [{ pointer: '#/name' }] } })
  t.equal((await post({ name: `${' '.repeat(500)}a` })).status, 200, 'a bound counts what is left')
})

t.test('a body is refused with control characters, and with lone surrogates', async (t) => {
  for (const wrong of ['a\0b', 'a\nb', 'a\tb', 'a\u007fb', 'a\u0092b', 'a\u001bb', 'a\ud800b']) {
    const said = JSON.stringify(wrong)
    t.match(
      await post({ name: wrong }),
      { status: 400, body: { errors: [{ pointer: '#/name' }] } },
      said
    )
    t.equal((await post({ name: 'a', labels: { [wrong]: 'x' } })).status, 400, `a name ${said}`)
    t.equal((await post({ name: 'a', place: { city: wrong } })).status, 400, `deeper ${said}`)
    const isBreak = /[\n\t]/.test(wrong)
    t.equal((await post({ name: 'a', notes: wrong })).status, isBreak ? 200 : 400, `notes ${said}`)
    t.equal((await send('PATCH', { notes: wrong })).status, isBreak ? 200 : 400, `change ${said}`)
  }
  t.equal((await post({ name: 'a\u202e\u200b ключ 😀' })).status, 200)
})

t.test(
  'null is absent in a POST where the schema says so, and empties a field in a PATCH',
  async (t) => {
    const nulls = { notes: null, size: null, colour: null, place: null }
    t.same((await post({ name: 'a', ...nulls })).body, { name: 'a', colour: 'blue' })
    t.same((await post({ name: 'a', place: { city: null } })).body.place, {})
    for (const member of ['name', 'labels', 'items'])
      t.match(await post({ name: 'a', [member]: null }), {
        status: 400,
        body: { errors: [{ pointer: `#/${member}` }] }
      })
    t.same((await send('PATCH', { notes: null })).body, { notes: null })
    t.equal((await send('PATCH', { name: null })).status, 400)
  }
)

t.test('a refusal lists everything that is wrong with a body, by pointers', async (t) => {
  const { body } = await post({
    notes: 5,
    size: 'xl',
    place: { city: '', 'a/b~ü #': 1 },
    items: [{ quantity: 0 }, { quantity: 1 }, { quantity: '2', x: 1 }]
  })
  const { errors } = body as { errors: { pointer: string; detail: string }[] }
  t.same(errors.map(({ pointer }) => pointer).toSorted(), [
    '#/items/0/quantity',
    '#/items/2/quantity',
    '#/items/2/x',
    '#/name',
    '#/notes',
    '#/place/a~1b~0%C3%BC%20%23',
    '#/place/city',
    '#/size'
  ])
  t.match(body.detail, /and 7 more/)
  t.ok(errors.some(({ pointer, detail }) => pointer === '#/name' && detail === 'is required'))
  const many = await post({ name: 'a', items: Array.from({ length: 5000 }, () => []) })
  t.same([many.status, many.body.errors.length], [400, 100], 'but not thousands')
  const whole = await app.inject({ method: 'POST', url: '/things' })
  t.match(whole.json(), { status: 400, errors: [{ pointer: '#' }] })
})

t.test('a refusal names a parameter by its part of the request', async (t) => {
  const wrong = [
    [await ask('limit=0&in_stock=1'), ['query.limit', 'query.in_stock']],
    [await ask('x=1'), ['query.x']],
    [await send('POST', { name: 'a' }, { 'idempotency-key': 'short' }), ['header.idempotency-key']],
    [{ body: (await app.inject('/things/5')).json() }, ['path.id']],
    [{ body: (await app.inject('/things/%00')).json() }, ['path.id']]
  ] as const
  for (const [{ body }, parameters] of wrong) {
    t.equal(body.code, 'validation_failed')
    const named = body.errors.map(({ parameter }: { parameter: string }) => parameter)
    t.same([...new Set(named)], parameters)
  }
})

t.test('an empty query parameter is absent', async (t) => {
  t.same((await ask('q=&limit=&share=&in_stock=&ids=&x=')).body, { limit: 20 })
  t.same((await ask('q=%20&ids=&ids=7')).body, { limit: 20, ids: [7] })
})

t.test('a number or boolean of a query is written as in JSON', async (t) => {
  t.same((await ask('limit=5&share=0.5&in_stock=false&q=+a+&ids=1&ids=2')).body, {
    limit: 5,
    share: 0.5,
    in_stock: false,
    q: 'a',
    ids: [1, 2]
  })
  const numbers = ['0x10', '1e1', '%205', '5%20', '%2B5', '5.0', '05', '-0', '5,', '٥', 'NaN']
  const wrong = [
    ...numbers.map((text) => `limit=${text}`),
    ...['1', '0', 'TRUE', 'yes', '%20'].map((text) => `in_stock=${text}`),
    ...['.5', '1e3', '5.', 'Infinity'].map((text) => `share=${text}`),
    'limit=1&limit=2',
    'q=a&q=b',
    'q=a%00b',
    'q=a%0Ab'
  ]
  for (const query of wrong) t.equal((await ask(query)).status, 400, query)
})

t.test('a node reads a hostile body of 64 KB in a moment', async (t) => {
  const bodies = [
    full('['),
    `{"name":"a","labels":${'{"a":'.repeat(9000)}1${'}'.repeat(9001)}`,
    `{"name":"${full(' ')}a${full(' ').slice(0, 100)}\\u0000"}`,
    `{"name":"a","items":[${full('{},')}{}]}`,
    `{"name":"a",${Array.from({ length: 6000 }, (_, n) => `"m${n}":1`).join()}}`
  ]
  for (const payload of bodies) {
    const began = performance.now()
    const headers = { 'content-type': 'application/json' }
    const { statusCode } = await app.inject({ method: 'POST', url: '/things', headers, payload })
    t.equal(statusCode, 400, payload.slice(0, 40))
    t.ok(performance.now() - began < 3000, `${Math.round(performance.now() - began)} ms`)
  }
})
