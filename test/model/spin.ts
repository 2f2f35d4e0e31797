import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Configuration } from './configurations.ts'

export type Verdict = {
  holds: boolean
  states: number
  seconds: number
  /** The assertion that failed. */
  violation: string | undefined
  /** The steps to it. */
  trail: string
}

const execute = promisify(execFile)
const model = 'checkout.pml'

/** Visits every state of a configuration. @throws when the search could not be finished */
export async function verify({ defines }: Configuration, memory_mb: number): Promise<Verdict> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-model-'))
  const run = async (program: string, ...args: string[]) =>
    (await execute(program, args, { cwd: folder, maxBuffer: 1 << 26 })).stdout
  try {
    // Spin writes its files beside the model.
    await copyFile(path.join(import.meta.dirname, model), path.join(folder, model))
    const flags = defines.map((define) => `-D${define}`)
    await run('spin', ...flags, '-a', model)
    // No cycles to look for, and states kept in pieces that they share.
    const options = ['-DSAFETY', '-DNOCLAIM', '-DCOLLAPSE', `-DMEMLIM=${memory_mb}`]
    await run('gcc', '-O1', '-w', ...options, '-o', 'pan', 'pan.c')
    const said = await run(path.join(folder, 'pan'), '-m1000000')
    const verdict = read(said)
    if (!verdict.holds) verdict.trail = await run('spin', ...flags, '-t', '-p', '-g', model)
    return verdict
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function read(said: string): Verdict {
  const number = (pattern: RegExp) => Number(pattern.exec(said)?.[1])
  const errors = number(/errors: (\d+)/)
  if (Number.isNaN(errors) || (errors === 0 && /not completed|too small|out of memory/.test(said)))
    throw new Error(`the search was not finished:\n${said}`)
  return {
    holds: errors === 0,
    states: number(/(\d+) states, stored/),
    seconds: number(/elapsed time ([\d.]+)/),
    violation: /^pan:\d+: (.*)$/m.exec(said)?.[1],
    trail: ''
  }
}
