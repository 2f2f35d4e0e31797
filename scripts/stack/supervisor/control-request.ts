import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { readJson, writeJson } from './files.ts'
import { until } from './until.ts'

/** What somebody asks of a running supervisor, and what has come of it: two files, since a signal could end an older one. */
type ControlRequest = { id: string }
type Progress = { id: string; lines: string[]; ended: boolean; error?: string }

const lookMs = 200
const startMs = 10_000

const files = (run: string) => ({
  request: path.join(run, 'restart.json'),
  progress: path.join(run, 'restart-progress.json')
})

/** The supervisor's side: does `work` when it is asked to, one at a time. */
export function onRequest(run: string, work: (say: (line: string) => void) => Promise<void>): void {
  const { request: file, progress } = files(run)
  rmSync(file, { force: true })
  let busy = false
  const timer = setInterval(async () => {
    const asked = busy ? undefined : readJson<ControlRequest>(file)
    if (!asked) return
    busy = true
    rmSync(file, { force: true })
    const told: Progress = { id: asked.id, lines: [], ended: false }
    const tell = (line?: string) => {
      if (line) told.lines.push(line)
      writeJson(progress, told)
    }
    tell()
    await work(tell).catch((err: Error) => (told.error = err.message))
    told.ended = true
    tell()
    busy = false
  }, lookMs)
  timer.unref()
}

/** The other side: asks, tells what happens, and resolves when it is done. @throws what went wrong */
export async function wish(run: string, say: (line: string) => void, ms = 600_000): Promise<void> {
  const id = randomUUID()
  const { request: file, progress } = files(run)
  writeJson(file, { id } satisfies ControlRequest)
  let told = 0
  const answer = () => {
    const found = readJson<Progress>(progress)
    return found?.id === id && found
  }
  await until('an answer of the supervisor', answer, startMs).finally(() =>
    rmSync(file, { force: true })
  )
  const { error } = await until(
    'the restart',
    () => {
      const now = answer()
      if (!now) return undefined
      for (const line of now.lines.slice(told)) say(line)
      told = now.lines.length
      return now.ended && now
    },
    ms
  )
  if (error) throw new Error(error)
}
