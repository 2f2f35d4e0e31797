import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { find } from '../../scripts/stack/supervisor/binaries.ts'
import { addProduct } from '../routes/shop.ts'
import { build, until } from '../support/build.ts'

const chromium = find('chromium')

t.test(
  'a page on another origin lists products, adds to the cart and buys, with the cookie and with the header',
  { skip: !chromium && 'chromium is not installed' },
  async (t) => {
    const front = await servePage(t)
    const app = await build(t, { CORS_ORIGINS: front })
    await addProduct(app, { quantity: 100 })
    const lines = await answersIn(t, front, await app.listen({ host: '127.0.0.1', port: 0 }))
    const [first, ...rest] = lines.filter((line) => line.startsWith('cookie'))
    t.match(first, /^cookie list 200 \[no session\] ETag,X-Request-ID$/)
    const session = /\[([0-9a-f-]{36})\]/.exec(rest[0]!)![1]
    t.same(rest, [
      `cookie add 200 [${session}] X-Request-ID`,
      `cookie cart 200 [${session}] X-Request-ID`,
      `cookie checkout 201 [${session}] Location,X-Request-ID,X-Consistency-Token`,
      `cookie orders 200 [${session}] X-Request-ID`,
      'cookie has 1 order, confirmed'
    ])
    const others = lines.filter((line) => line.startsWith('header'))
    t.match(others.at(-1), 'header has 1 order, confirmed')
    t.match(others[3], /^header checkout 201 /)
    t.notMatch(others.join(), session!)
  }
)

t.test(
  'a page on an origin that is not in CORS_ORIGINS reads nothing',
  { skip: !chromium && 'chromium is not installed' },
  async (t) => {
    const front = await servePage(t)
    const app = await build(t, { CORS_ORIGINS: 'https://front.example' })
    await addProduct(app, { quantity: 100 })
    const lines = await answersIn(t, front, await app.listen({ host: '127.0.0.1', port: 0 }))
    t.match(lines[0], /^cookie list failed: TypeError/)
  }
)

/** A server of the page alone: another port is another origin. @returns the origin */
async function servePage(t: Test): Promise<string> {
  const page = await readFile(new URL('cross-origin.html', import.meta.url))
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end(page)
  )
  t.teardown(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Opens the page in a browser without cookies. @returns what the page tells, line by line */
async function answersIn(t: Test, front: string, node: string): Promise<string[]> {
  const words = ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=15000']
  const url = `${front}/?api=${encodeURIComponent(`${node}/api/v1`)}`
  const dom = await until(
    'the page',
    async () => {
      const profile = t.testdir({ [randomUUID()]: {} })
      const { stdout } = await promisify(execFile)(
        chromium!,
        [...words, `--user-data-dir=${profile}`, '--dump-dom', url],
        { timeout: 40_000 }
      )
      return /\ndone|failed: /.test(stdout) && stdout
    },
    60_000
  )
  return /<pre id="answers">([^<]*)/.exec(dom)![1]!.trim().split('\n')
}
