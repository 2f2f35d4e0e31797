import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { readJson, writeJson } from './files.ts'
import { until } from './until.ts'

/**
 * A request to the running supervisor to restart the nodes, and its progress: two files. A signal would not do: it ends a
 * supervisor of an earlier release.
 */
type ControlRequest = { id: string }
type Progress = { id: string; lines: string[]; ended: boolean; error?: string }

const poll_ms = 200
const accept_ms = 10_000

const files = (run: string) => ({
  request: path.join(run, 'restart.json'),
  progress: path.join(run, 'restart-progress.json')
})

/** The supervisor's side: does `work` for every request, one at a time, and writes its progress. */
export function onRequest(run: string, work: (say: (line: string) => void) => Promise<void>): void {
  const { request: file, progress } = files(run)
  rmSync(file, { force: true })
  let busy = false
  const timer = setInterval(async () => {
    const found = busy ? undefined : readJson<ControlRequest>(file)
    if (!found) return
    busy = true
    rmSync(file, { force: true })
    const state: Progress = { id: found.id, lines: [], ended: false }
    const write = (line?: string) => {
      if (line) state.lines.push(line)
      writeJson(progress, state)
    }
    write()
    await work(write).catch((err: Error) => (state.error = err.message))
    state.ended = true
    write()
    busy = false
  }, poll_ms)
  timer.unref()
}

/** The operator's side: sends a request, says its progress, and resolves when it is done. @throws what went wrong */
export async function request(
  run: string,
  say: (line: string) => void,
  ms = 600_000
): Promise<void> {
  const id = randomUUID()
  const { request: file, progress } = files(run)
  writeJson(file, { id } satisfies ControlRequest)
  let said = 0
  const read = () => {
    const found = readJson<Progress>(progress)
    return found?.id === id && found
  }
  await until('an answer of the supervisor', read, accept_ms).finally(() =>
    rmSync(file, { force: true })
  )
  const { error } = await until(
    'the restart',
    () => {
      const now = read()
      if (!now) return undefined
      for (const line of now.lines.slice(said)) say(line)
      said = now.lines.length
      return now.ended && now
    },
    ms
  )
  if (error) throw new Error(error)
}
