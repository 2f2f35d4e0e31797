import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { drill } from './drill/drill.ts'
import { readOptions, usage } from './drill/options.ts'
import { failuresOf, report } from './drill/report.ts'
import { openSystem } from './drill/system.ts'
import { proofEnvironment } from './prove/managed-stack.ts'

// npm run drill -- [--help]
// Starts a system, destroys its primary's disk while it sells, and restores it with the commands that an operator would
// use: npm run backup, restore, start, reconcile. Reports how long that takes and what is lost.

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return console.log(usage)
  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-drill-'))
  const system = openSystem({ ...process.env, ...(await proofEnvironment(data, 2)) })
  let code = 2
  try {
    const outcome = await drill(system, data, options)
    console.log(report(outcome))
    code = failuresOf(outcome).length === 0 ? 0 : 1
  } catch (err) {
    console.error(`drill: ${(err as Error).message}`)
  } finally {
    await system.stop()
    if (code === 0) rmSync(data, { recursive: true, force: true })
    else console.error(`data and logs are kept in ${data}`)
  }
  process.exit(code)
}

await main().catch((err: Error) => {
  console.error(`drill: ${err.message}`)
  process.exit(2)
})
