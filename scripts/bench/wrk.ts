import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** One request of a load. Where it has `freshId`, every request gets a UUID of its own. */
export type Request = {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: object
}

export type Load = {
  /** Requests of one load, sent in turn from the first. */
  requests: Request[]
  /** Sent once each: the load ends with the last of them. */
  once?: boolean
  /** Every answer must have this status. */
  status: number
  connections: number
}

export type Measured = {
  operations: number
  seconds: number
  /** Latencies in microseconds, as the clients of a closed loop see them. */
  p50?: number
  p99?: number
}

/** What driver.lua replaces by a new UUID in each request. */
export const freshId = '00000000-0000-4000-8000-000000000000'

/**
 * Sends a load to a server for so many seconds, from a process of its own.
 * @throws when an answer is not the one that the load expects
 */
export async function send(
  folder: string,
  url: string,
  { requests, once = false, status, connections }: Load,
  seconds: number
): Promise<Measured> {
  const file = path.join(folder, 'requests.tsv')
  await writeFile(file, requests.map(lineOf).join('\n'))
  const script = path.join(import.meta.dirname, 'driver.lua')
  const how = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script]
  const run = randomBytes(4).toString('hex')
  const what = [file, run, String(status), once ? 'once' : 'again']
  const { stdout } = await promisify(execFile)('wrk', [...how, url, '--', ...what])
  return read(stdout, status)
}

function read(said: string, status: number): Measured {
  const line = /^bench (.*)$/m.exec(said)?.[1]
  if (!line) throw new Error(`wrk said nothing of its load: ${said}`)
  const { requests, micros, p50, p99, ...errors } = JSON.parse(line) as Told
  const failed = errors.cut + errors.late + (status >= 400 ? errors.wrong : errors.status)
  if (failed > 0 || requests === 0)
    throw new Error(`${failed} of ${requests} answers are not ${status}: ${JSON.stringify(errors)}`)
  return { operations: requests, seconds: micros / 1e6, p50, p99 }
}

type Told = {
  requests: number
  micros: number
  p50: number
  p99: number
  cut: number
  status: number
  late: number
  wrong: number
}

const lineOf = ({ method, path: at, headers = {}, body }: Request) =>
  [
    method,
    at,
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('|'),
    body ? JSON.stringify(body) : ''
  ].join('\t')
