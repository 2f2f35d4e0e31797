import { rm } from 'node:fs/promises'
import { copySource, run, type Verdict } from '../test/mutations/mutate.ts'
import { mutations, type Mutation } from '../test/mutations/mutations.ts'
import { createTemplates } from './stack/test-servers/templates.ts'
import type { TestServers } from './stack/test-servers/start.ts'
import { withTestServers } from './stack/test-servers/with-test-servers.ts'

// Breaks the source in one place after the other, each in a copy of its own, and tells which test notices it; the same test
// has to pass with the source as it is. With a word: only the mutations that have it in their names.
await withTestServers('mutations', async (servers, interrupted) => {
  await createTemplates(servers.primary.admin_url, servers.replica.admin_url)
  await table(servers, process.argv[2] ?? '', interrupted)
})

async function table(servers: TestServers, wanted: string, interrupted: AbortSignal) {
  const rows = mutations.filter(({ name }) => name.includes(wanted))
  if (rows.length === 0) throw new Error(`no mutation has "${wanted}" in its name`)
  const width = Math.max(...rows.map(({ name }) => name.length))
  const intact = await copySource(servers, [])
  const controls = new Map<string, Verdict>()

  for (const mutation of rows) {
    const by = nameOf(mutation)
    interrupted.throwIfAborted()
    if (!controls.has(by)) controls.set(by, await run(servers, intact, mutation))
    interrupted.throwIfAborted()
    const control = controls.get(by)!
    if (control.word !== 'passes') fail(`${by} ${control.word} as the source is`, control)

    const copy = await copySource(servers, mutation.changes)
    const verdict = await run(servers, copy, mutation)
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
