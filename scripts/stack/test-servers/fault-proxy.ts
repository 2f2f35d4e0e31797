import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A way to a server that can be made bad, byte for byte what the server itself would say otherwise. */
export type FaultProxy = {
  /** The server's URL by this way. */
  url: string
  /** What is sent is kept back, until `unblock` sends it. */
  block(): void
  unblock(): void
  /** Whether anything waits to be sent. */
  waits(): boolean
  /** Everything takes this much longer, one way; 0: no more. */
  delay(ms: number): void
  /** The server's answers get lost, until every connection is reset. */
  mute(): void
  /**
   * Of the next statement that matches, only the answer gets lost: the server has done it, and the connection is reset
   * instead of telling.
   */
  loseAnswer(to: RegExp): void
  /** Resets every connection. */
  cut(): void
  /** Resets every connection, and nobody listens any more. */
  close(): void
  open(): Promise<void>
}

/** What PostgreSQL's answer ends with when no transaction is open. */
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

export async function openFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const waiting: (() => void)[] = []
  let blocked = false
  let muted = false
  let delay_ms = 0
  let lost: RegExp | undefined

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let losing = false
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    const ask = line(() => delay_ms)
    const answer = line(() => delay_ms)
    client.on('data', (data) => {
      if (lost?.test(data.toString('latin1'))) {
        lost = undefined
        losing = true
      }
      const send = () => upstream.write(data)
      if (blocked) waiting.push(send)
      else ask(send)
    })
    upstream.on('data', (data) => {
      if (losing) {
        if (data.subarray(-readyForQuery.length).equals(readyForQuery)) client.resetAndDestroy()
      } else if (!muted) answer(() => client.write(data))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const at = (server.address() as AddressInfo).port

  const url = new URL(target)
  url.port = String(at)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    muted = false
  }
  return {
    url: url.href,
    block: () => void (blocked = true),
    waits: () => waiting.length > 0,
    unblock() {
      blocked = false
      for (const send of waiting.splice(0)) send()
    },
    delay: (ms) => void (delay_ms = ms),
    mute: () => void (muted = true),
    loseAnswer: (to) => void (lost = to),
    cut,
    close() {
      server.close()
      cut()
      waiting.length = 0
    },
    async open() {
      blocked = false
      if (server.listening) return
      await once(server.listen(at, '127.0.0.1'), 'listening')
    }
  }
}

/** First in, first out, however the delay changes. */
function line(delay_ms: () => number): (send: () => void) => void {
  const waiting: { due: number; send: () => void }[] = []
  const work = async () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      await sleep(Math.max(0, next.due - performance.now()))
      waiting.shift()
      next.send()
    }
  }
  return (send) => {
    if (delay_ms() === 0 && waiting.length === 0) return send()
    const due = performance.now() + delay_ms()
    if (waiting.push({ due, send }) === 1) void work()
  }
}
