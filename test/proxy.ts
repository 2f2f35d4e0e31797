import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A way to a server that can be blocked: what is sent meanwhile arrives later. */
export type Proxy = {
  /** The server's URL by this way. */
  url: string
  block(): void
  /** Whether anything waits to be sent. */
  waits(): boolean
  unblock(): void
  /** The server's answers get lost, until every connection is reset. */
  mute(): void
  cut(): void
  /** Nobody listens any more, and every connection is reset. */
  close(): void
  open(): Promise<void>
}

export async function proxy(t: Test, target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const waiting: (() => void)[] = []
  let blocked = false
  let muted = false

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => client.destroy() && upstream.destroy())
    }
    client.on('data', (data) => {
      const send = () => upstream.write(data)
      if (blocked) waiting.push(send)
      else send()
    })
    upstream.on('data', (data) => void (muted || client.write(data)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const at = (server.address() as AddressInfo).port
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    muted = false
  }
  const close = () => {
    server.close()
    cut()
  }
  t.teardown(close)

  const url = new URL(target)
  url.port = String(at)
  return {
    url: url.href,
    block: () => (blocked = true),
    waits: () => waiting.length > 0,
    unblock() {
      blocked = false
      for (const send of waiting.splice(0)) send()
    },
    mute: () => (muted = true),
    cut,
    close() {
      close()
      waiting.length = 0
    },
    async open() {
      blocked = false
      await once(server.listen(at, '127.0.0.1'), 'listening')
    }
  }
}
