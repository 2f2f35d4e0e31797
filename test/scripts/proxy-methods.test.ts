import type { RequestListener } from 'node:http'
import t from 'tap'
import { somewhere } from '../system/visitor.ts'
import { proxyInFront } from './front.ts'

// Methods that the API does not have. A node knows which ones a path takes, and a limit counts every request.

const node: RequestListener = (request, answer) => {
  const isKnown = ['GET', 'HEAD'].includes(request.method ?? '')
  if (!isKnown)
    answer.writeHead(405, { allow: 'GET, HEAD', 'x-request-id': 'a', 'x-method': request.method })
  answer.end()
}

t.test(
  'every method that a path lacks is answered by a node with what the path takes',
  async (t) => {
    const { send } = await proxyInFront(t, { RATE_LIMIT_API: '40', HOLDFAST_ADMIN_FROM: 'none' }, [
      node
    ])
    const asked = (method: string, target: string, body = '') =>
      send(
        `${method} ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n` +
          `Connection: close\r\n\r\n${body}`
      )
    for (const [method, seen] of [
      ['TRACE', 'TRACE'],
      ['CONNECT', 'TRACE'],
      ['FOO', 'TRACE'],
      ['PROPFIND', 'PROPFIND'],
      ['PURGE', 'PURGE'],
      ['M-SEARCH', 'M-SEARCH'],
      ['POST', 'POST']
    ] as const) {
      const text = await asked(method, '/api/v1/products')
      t.match(text, /^HTTP\/1.1 405 /, method)
      t.match(text, /\r\nallow: GET, HEAD\r\n/i, method)
      t.match(text, `x-method: ${seen}\r\n`, method)
    }
    t.match(await asked('TRACE', '/api/v1/cart', '{}'), /^HTTP\/1.1 405 /)
    for (const method of ['TRACE', 'FOO'])
      for (const closed of ['/metrics', '/x/../api/v1/admin/orders', '/%6fps'])
        t.match(await asked(method, closed), /^HTTP\/1.1 404 [^]*"code":"not_found"/, closed)
  }
)

t.test('a request with a method that the path lacks counts as any other', async (t) => {
  const { ask } = await proxyInFront(t, { RATE_LIMIT_API: '2' }, [node])
  for (const method of ['TRACE', 'PURGE', 'PATCH']) {
    const from = somewhere()
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await ask('/api/v1/cart', { from, method })).status)
    t.same(statuses, [405, 405, 429], method)
  }
})
