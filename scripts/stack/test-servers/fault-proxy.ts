import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A TCP proxy in front of a server that can delay, block and lose what is sent, and otherwise passes every byte on. */
export type FaultProxy = {
  /** The server's URL through this proxy. */
  url: string
  /** Keeps back what clients send, until `unblock`. */
  block(): void
  unblock(): void
  /** Whether anything is kept back. */
  waits(): boolean
  /** Delays everything by this much, each way; 0: no delay. */
  delay(ms: number): void
  /** Drops the server's answers, until every connection is reset. */
  mute(): void
  /** Loses the answer of the next statement that matches: the server executes it, and then the connection is reset. */
  loseAnswer(to: RegExp): void
  /** Resets every connection. */
  cut(): void
  /** Resets every connection, and refuses new ones until `open`. */
  close(): void
  open(): Promise<void>
}

/** The end of PostgreSQL's answer when no transaction is open. */
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
    const toServer = delayQueue(() => delay_ms)
    const toClient = delayQueue(() => delay_ms)
    client.on('data', (data) => {
      if (lost?.test(data.toString('latin1'))) {
        lost = undefined
        losing = true
      }
      const send = () => upstream.write(data)
      if (blocked) waiting.push(send)
      else toServer(send)
    })
    upstream.on('data', (data) => {
      if (losing) {
        if (data.subarray(-readyForQuery.length).equals(readyForQuery)) client.resetAndDestroy()
      } else if (!muted) toClient(() => client.write(data))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port: ownPort } = server.address() as AddressInfo

  const url = new URL(target)
  url.port = String(ownPort)
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
      await once(server.listen(ownPort, '127.0.0.1'), 'listening')
    }
  }
}

/** A queue that delays each entry and keeps their order, even when the delay changes. */
function delayQueue(delay_ms: () => number): (send: () => void) => void {
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
