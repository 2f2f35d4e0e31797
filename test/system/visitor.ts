import { request as http } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export type Visit = {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: ReturnType<typeof JSON.parse>
  ms: number
}

type Ask = {
  method?: string
  headers?: Record<string, string>
  body?: object
  from?: string
  timeout?: number
}

let last = 0
/** An address that no visitor has had. All of 127.0.0.0/8 is this machine, on Linux. */
export const somewhere = () => `127.1.${++last >> 8}.${last & 255}`

/** One request over a connection of its own, from an address of its own: the limits are not met. Status 0: no answer. */
export function visit(
  url: string,
  { method = 'GET', headers = {}, body, from, timeout = 30_000 }: Ask = {}
) {
  const began = performance.now()
  return new Promise<Visit>((resolve) => {
    const end = (status: number, of: Visit['headers'], content?: unknown) =>
      resolve({ status, headers: of, body: content, ms: performance.now() - began })
    const asked = http(
      url,
      {
        method,
        agent: false,
        localAddress: from ?? somewhere(),
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        timeout
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => (text += part))
        answer.on('error', (err) => end(0, {}, err.message))
        answer.on('end', () => {
          const isJson = /json/.test(answer.headers['content-type'] ?? '')
          end(answer.statusCode ?? 0, answer.headers, isJson ? JSON.parse(text) : text)
        })
      }
    )
    asked.on('error', (err) => end(0, {}, err.message))
    asked.on('timeout', () => asked.destroy(new Error(`no answer for ${timeout} ms`)))
    asked.end(body && JSON.stringify(body))
  })
}

/** Visitors who come so often a second, whatever becomes of those before them. @returns what ends it, with all that they got */
export function steadily<T>(a_second: number, ask: (n: number) => Promise<T>) {
  const visits: Promise<T>[] = []
  const began = performance.now()
  const stopping = new AbortController()
  const coming = (async () => {
    while (!stopping.signal.aborted) {
      const due = ((performance.now() - began) / 1000) * a_second
      while (visits.length < due) visits.push(ask(visits.length))
      await sleep(5)
    }
  })()
  return {
    count: () => visits.length,
    async end() {
      stopping.abort()
      await coming
      return Promise.all(visits)
    }
  }
}
