import { rm } from 'node:fs/promises'
import { copySource, run, type Verdict } from '../test/mutations/mutate.ts'
import { mutations, type Mutation } from '../test/mutations/mutations.ts'
import type { Kept } from './stack/keep.ts'
import { makeScratch } from './stack/scratch.ts'
import { createTemplates } from './stack/templates.ts'
import { startTestServers, type TestServers } from './stack/test-servers.ts'

// Breaks the source in one place after the other, each in a copy of its own, and tells which test notices it; the same test
// has to pass with the source as it is. With a word: only the mutations that have it in their names.
const folder = makeScratch()
const servers: Kept[] = []
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => (interrupted = true))

try {
  const urls = await startTestServers(folder, (server) => servers.push(server))
  await createTemplates(urls.primary.admin_url, urls.replica.admin_url)
  await table(urls, process.argv[2] ?? '')
} catch (err) {
  console.error(`mutations: ${(err as Error).message}`)
  process.exitCode = 1
} finally {
  await Promise.all(servers.map((server) => server.stop()))
  await rm(folder, { recursive: true, force: true })
}

async function table(urls: TestServers, wanted: string) {
  const rows = mutations.filter(({ name }) => name.includes(wanted))
  if (rows.length === 0) throw new Error(`no mutation has "${wanted}" in its name`)
  const width = Math.max(...rows.map(({ name }) => name.length))
  const intact = await copySource(urls, [])
  const controls = new Map<string, Verdict>()

  for (const mutation of rows) {
    const by = nameOf(mutation)
    if (!interrupted && !controls.has(by)) controls.set(by, await run(urls, intact, mutation))
    if (interrupted) throw new Error('interrupted')
    const control = controls.get(by)!
    if (control.word !== 'passes') fail(`${by} ${control.word} as the source is`, control)

    const copy = await copySource(urls, mutation.changes)
    const verdict = await run(urls, copy, mutation)
    await rm(copy, { recursive: true })
    const word = { fails: 'caught  ', passes: 'SURVIVES', lost: 'LOST    ' }[verdict.word]
    console.log(
      `${word} ${verdict.seconds.toFixed(1).padStart(5)} s  ${mutation.name.padEnd(width)}  ${by}`
    )
    if (verdict.word !== 'fails') fail(mutation.name, verdict)
  }
}

function fail(what: string, { output }: Verdict) {
  console.error(`${what}:\n${output.slice(-4000)}`)
  process.exitCode = 1
}

function nameOf({ command, test }: Mutation) {
  return test === undefined ? command.join(' ') : `${command.join(' ')}: ${test}`
}
