import { open, type FileHandle } from 'node:fs/promises'
import { Counter, Histogram, type Registry } from 'prom-client'
import { buckets } from '../../kernel/histogram-buckets.ts'
import { singleFlight } from '../../lib/single-flight.ts'

/** A scrape reads no more; what came before the last of it is left out. */
const mostBytes = 8 * 1024 * 1024

type Line = { status: number; node: string; node_seconds: string }

/** What stub_status does not tell, from the door's JSON access log, read on from where the last scrape ended. */
export function openNginxLog(registry: Registry, file: string) {
  const registers = [registry]
  let at: number | undefined
  const flights = singleFlight<void>()
  const collect = () => flights('all', () => readOn().catch(() => {}))

  const responses = new Counter({
    name: 'holdfast_nginx_responses_total',
    help: 'Answers of the door, by the class of their status and by who made them: a node, or the door itself',
    labelNames: ['status', 'by'],
    registers,
    collect
  })
  const limited = new Counter({
    name: 'holdfast_nginx_limited_total',
    help: 'Requests that the door itself refused as too many (429)',
    registers,
    collect
  })
  const upstream = new Histogram({
    name: 'holdfast_nginx_upstream_seconds',
    help: 'Time that the nodes took, as the door saw it; good: as holdfast_http_request_duration_seconds',
    buckets,
    registers,
    collect
  })

  // From now on.
  void collect()

  async function readOn() {
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      // Smaller than it was: it was emptied, and begins anew.
      at ??= size
      if (size < at) at = 0
      at = Math.max(at, size - mostBytes)
      at += await readLines(handle, at, size, count)
    } finally {
      await handle.close()
    }
  }

  function count({ status, node, node_seconds }: Line) {
    responses.inc({ status: `${Math.floor(status / 100)}xx`, by: node ? 'node' : 'door' })
    if (status === 429 && !node) limited.inc()
    // Several, when more than one node was tried: `0.001, 0.020`.
    for (const seconds of node_seconds.split(/[,:]\s*/).map(Number.parseFloat))
      if (Number.isFinite(seconds)) upstream.observe(seconds)
  }
}

/** @returns how many bytes were whole lines */
async function readLines(file: FileHandle, from: number, to: number, count: (line: Line) => void) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from)
  const whole = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1
  for (const text of buffer.toString('utf8', 0, whole).split('\n')) {
    try {
      count(JSON.parse(text) as Line)
    } catch {
      // The end of a line whose beginning was left out.
    }
  }
  return whole
}
