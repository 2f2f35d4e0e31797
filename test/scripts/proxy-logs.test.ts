import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { proxyInFront } from './front.ts'

t.test('the logs of the proxy keep nothing personal of a URL', async (t) => {
  const { ask, send, run, stopNode } = await proxyInFront(t)
  const log = (name: string) => readFileSync(path.join(run, name), 'utf8')
  const lines = () => `${log('nginx-access.log')}\n${log('nginx-refused.log')}`.split('\n')
  const logged = async (target: string) => {
    const id = `asked-${count++}`
    await ask(target, { headers: { 'x-request-id': id, referer: 'http://a/?me@example.com' } })
    const line = await until('its line', () => lines().find((one) => one.includes(`"${id}"`)))
    return (JSON.parse(line) as { request: string }).request
  }
  let count = 0
  for (const [target, seen] of [
    ['/api/v1/products?q=me@example.com', '/api/v1/products'],
    ['/api/v1/orders/0199-a_b.c~d/cancel?', '/api/v1/orders/0199-a_b.c~d/cancel'],
    ['/api/v1/orders/me@example.com', '/api/v1/orders/...'],
    ['/api/v1/orders/me@example.com/cancel?x=/a', '/api/v1/orders/...'],
    ['/api/v1/orders/me%40example.com?a', '/api/v1/orders/...'],
    ['/api//v1/?a', '/api//v1/'],
    ['/me@example.com', '/...'],
    ['/?me@example.com', '/'],
    [`/${'x'.repeat(9_000)}me@example.com`, '/...'],
    ['/metrics?me@example.com', '/metrics']
  ] as const)
    t.equal(await logged(target), `GET ${seen} HTTP/1.1`, target.slice(0, 60))
  for (const bytes of [
    'GET /me@example.com%zz HTTP/1.1\r\n\r\n',
    'GET http://me@example.com/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'me@example.com\r\n\r\n'
  ])
    await send(bytes)
  stopNode()
  t.equal(await logged('/api/v1/products?q=me@example.com'), 'GET /api/v1/products HTTP/1.1')
  for (const name of ['nginx-access.log', 'nginx-refused.log', 'nginx.log'])
    t.notMatch(log(name), /example\.com/, name)
})
