import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** `code`: of a problem document. */
export type Reply = { status: number; code: string | undefined; request: string; ms: number }

const patience_ms = 30_000

/**
 * Clients that send one request after the other over connections that they keep. Each request is raw text, by the number of the
 * client. @returns what ends them, with a reply for every request; status 0: the connection was closed under the request
 */
export function keepAliveClients(
  port: number,
  count: number,
  requestOf: (client: number) => string
) {
  const replies: Reply[] = []
  const stopping = new AbortController()
  const client = async (n: number) => {
    let socket: Socket | undefined
    while (!stopping.signal.aborted) {
      await sleep(10)
      if (!socket || socket.destroyed || socket.readableEnded) socket = await open(port)
      const request = requestOf(n)
      const began = performance.now()
      const text = await exchange(socket, request)
      const [head = ''] = text.split('\r\n\r\n')
      replies.push({
        status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1] ?? 0),
        code: /"code":"(\w+)"/.exec(text)?.[1],
        request: request.split(' HTTP')[0]!,
        ms: Math.round(performance.now() - began)
      })
      if (head === '' || /^connection: close/im.test(head)) socket.destroy()
    }
    socket?.destroy()
  }
  const clients = Array.from({ length: count }, (_, n) => client(n))
  return {
    count: () => replies.length,
    async end() {
      stopping.abort()
      await Promise.all(clients)
      return replies
    }
  }
}

const open = (port: number) =>
  new Promise<Socket>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true).on('error', reject)
  })

/** The answer, when all of it has arrived; empty when the connection was closed before. */
const exchange = (socket: Socket, request: string) =>
  new Promise<string>((resolve) => {
    let text = ''
    const done = (answer: string) => {
      clearTimeout(timer)
      socket.off('data', onData).off('end', onEnd).off('close', onEnd)
      resolve(answer)
    }
    const onEnd = () => done('')
    const onData = (part: Buffer) => {
      text += part.toString('latin1')
      const [head = '', ...body] = text.split('\r\n\r\n')
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
      if (body.length > 0 && body.join('\r\n\r\n').length >= length) done(text)
    }
    const timer = setTimeout(onEnd, patience_ms)
    socket.on('data', onData).on('end', onEnd).on('close', onEnd)
    socket.write(request)
  })
