import { open, type FileHandle } from 'node:fs/promises'
import { Counter, Histogram, type Registry } from 'prom-client'
import { buckets } from '../../kernel/histogram-buckets.ts'
import { singleFlight } from '../../lib/single-flight.ts'

/** The most that one scrape reads, from the end of the log; older lines are left out. */
const mostBytes = 8 * 1024 * 1024

type Line = { status: number; node: string; node_seconds: string }

/** Metrics that stub_status lacks, from the proxy's JSON access logs. Each scrape reads on from the end of the last one. */
export function openNginxLog(registry: Registry, files: string[]) {
  const registers = [registry]
  const flights = singleFlight<unknown>()
  const logs = files.map((file) => ({ file, at: undefined as number | undefined }))
  const collect = async () => {
    await flights('all', () => Promise.allSettled(logs.map(readOn)))
  }

  const responses = new Counter({
    name: 'holdfast_nginx_responses_total',
    help: 'Answers of the proxy, by the class of their status and by their origin: a node, or the proxy itself (door)',
    labelNames: ['status', 'by'],
    registers,
    collect
  })
  const limited = new Counter({
    name: 'holdfast_nginx_limited_total',
    help: 'Requests that the proxy itself refused as too many (429)',
    registers,
    collect
  })
  const upstream = new Histogram({
    name: 'holdfast_nginx_upstream_seconds',
    help: 'Time that the nodes took, as the proxy saw it; good: as holdfast_http_request_duration_seconds',
    buckets,
    registers,
    collect
  })

  // Notes where the logs end now: older lines do not count.
  void collect()

  async function readOn(log: (typeof logs)[number]) {
    const handle = await open(log.file)
    try {
      const { size } = await handle.stat()
      log.at ??= size
      // A smaller file is a new or emptied log: read it from its beginning.
      const from = Math.max(size < log.at ? 0 : log.at, size - mostBytes)
      log.at = from + (await readLines(handle, from, size, count))
    } finally {
      await handle.close()
    }
  }

  function count({ status, node, node_seconds }: Line) {
    responses.inc({ status: `${Math.floor(status / 100)}xx`, by: node ? 'node' : 'door' })
    if (status === 429 && !node) limited.inc()
    // Several numbers when the proxy tried more than one node: `0.001, 0.020`.
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
      // The first line may lack its beginning.
    }
  }
  return whole
}
