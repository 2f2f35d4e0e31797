import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import {
  createServer,
  request as http,
  type IncomingHttpHeaders,
  type RequestListener
} from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { startProxy, statusPort } from '../../scripts/stack/proxy/start.ts'
import { readSettings } from '../../scripts/stack/settings.ts'
import { nginx } from '../../scripts/stack/supervisor/binaries.ts'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'
import { newStack } from '../../scripts/stack/supervisor/stack.ts'

export type Answer = {
  status: number
  headers: IncomingHttpHeaders
  body: ReturnType<typeof JSON.parse>
}

type Ask = {
  method?: string
  headers?: Record<string, string>
  body?: string
  from?: string
  port?: number
}

/** A node that answers with the request that it got. */
export const echo: RequestListener = (request, answer) => {
  const { url, method, headers } = request
  answer.setHeader('content-type', 'application/json; charset=utf-8')
  answer.setHeader('x-request-id', headers['x-request-id'] ?? '')
  answer.setHeader('etag', '"3"')
  const size = Number(/size=(\d+)/.exec(url ?? '')?.[1] ?? 0)
  answer.end(JSON.stringify({ url, method, headers, rest: 'x'.repeat(size) }))
}

/** The proxy with these settings, in front of nodes. */
export async function proxyInFront(
  t: Test,
  env: NodeJS.ProcessEnv = {},
  listeners: RequestListener[] = [echo]
) {
  const nodes = listeners.map((listener) => createServer({ maxHeaderSize: 65_536 }, listener))
  for (const node of nodes) await once(node.listen(0, '127.0.0.1'), 'listening')
  const addresses = nodes.map((node) => `127.0.0.1:${(node.address() as AddressInfo).port}`)
  const stopNode = () => {
    for (const node of nodes) node.close().closeAllConnections()
  }

  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-front-'))
  const port = await choosePort()
  const settings = readSettings({ HOLDFAST_DATA: data, HOLDFAST_PORT: `${port}`, ...env })
  const stack = newStack(`${data}/run`, () => {})
  const said: string[] = []
  const options = {
    bin: nginx()!,
    data,
    settings: settings.proxy,
    status_port: await statusPort(settings),
    nodes: addresses
  }
  const proxy = await startProxy(stack, options, (line) => said.push(line))
  t.teardown(async () => {
    await stack.stop()
    stopNode()
    rmSync(data, { recursive: true, force: true })
  })

  /** The target is sent as it is, whatever a URL parser would make of it. */
  const ask = (target: string, { method = 'GET', headers, body, from, port: to }: Ask = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const asked = http({
        host: '127.0.0.1',
        port: to ?? port,
        path: target,
        method,
        headers,
        agent: false,
        ...(from && { localAddress: from })
      })
      asked.on('error', reject)
      asked.on('response', (answer) => {
        let text = ''
        answer.setEncoding('latin1').on('data', (part: string) => (text += part))
        answer.on('end', () => {
          const isJson = /json/.test(answer.headers['content-type'] ?? '')
          const isPlain = isJson && !answer.headers['content-encoding'] && text
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: isPlain ? JSON.parse(text) : text
          })
        })
      })
      asked.end(body)
    })

  const send = (bytes: string) => sent(port, bytes)
  return { ask, send, port, proxy, run: stack.run, said: () => said.join('\n'), stopNode }
}

/** Sends bytes as they are. @returns all bytes of the answers */
function sent(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let got = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.on('data', (part) => (got += part.toString('latin1'))).on('error', () => {})
    socket.on('close', () => resolve(got))
  })
}
