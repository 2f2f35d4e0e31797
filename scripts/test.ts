import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { root } from './stack/settings.ts'
import { createTemplates } from './stack/test-servers/templates.ts'
import { testServersVariable, type TestServers } from './stack/test-servers/start.ts'
import { signals, withTestServers } from './stack/test-servers/with-test-servers.ts'

// Starts the servers that the tests share, runs tap with the arguments given, and stops everything whatever happens.
let report = ''
await withTestServers('test', async (servers, interrupted) => {
  await createTemplates(servers.primary.admin_url, servers.replica.admin_url)
  interrupted.throwIfAborted()
  const results = path.join(servers.folder, 'results.tap')
  process.exitCode = await tap(servers, results)
  report = await readFile(results, 'utf8').catch(() => '')
})
const { passed, failed } = count(report)
console.log([slowest(report), failures(report)].filter(Boolean).join('\n\n'))
// A line of its own: tap may have left the cursor's escape code behind.
console.log(`\n${passed} passed, ${failed} failed`)

/** @returns its exit code */
async function tap(servers: TestServers, results: string): Promise<number> {
  // Without a terminal (CI, a log) tap's moving display is noise: only failures are told, at the end.
  const plain = process.stdout.isTTY ? [] : ['--reporter=min']
  const words = process.argv.slice(2)
  const { NODE_OPTIONS = '' } = process.env
  const uncovered = path.join(root, 'test/support/uncovered.cjs')
  const child = spawn('tap', [...plain, '--output-file', results, ...words], {
    stdio: 'inherit',
    env: {
      // A file of tests loads what the one before it has compiled.
      NODE_COMPILE_CACHE: path.join(servers.folder, 'compiled'),
      ...process.env,
      ...(!words.includes('--no-disable-coverage') && {
        NODE_OPTIONS: `${NODE_OPTIONS} --require=${JSON.stringify(uncovered)}`
      }),
      [testServersVariable]: JSON.stringify(servers)
    }
  })
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/** A crash of tap itself counts as a failure too. */
function count(text: string): { passed: number; failed: number } {
  const totals = /^# \{ total: .*\}/m.exec(text)?.[0] ?? ''
  const of = (word: string) => Number(new RegExp(`${word}: (\\d+)`).exec(totals)?.[1] ?? 0)
  return {
    passed: of('pass'),
    failed: process.exitCode === 0 ? of('fail') : Math.max(1, of('fail'))
  }
}

/** What failed, in short: a reporter may have been cut off. */
function failures(text: string): string {
  return text
    .split('\n')
    .filter((line) => /^ *not ok /.test(line))
    .slice(0, 200)
    .join('\n')
}

/** The ten files that took longest, when there were that many. */
function slowest(text: string): string {
  const files = [...text.matchAll(/^ok \d+ - (\S+).*# time=([\d.]+)ms/gm)].map(([, file, ms]) => ({
    file,
    seconds: Number(ms) / 1000
  }))
  if (files.length < 10) return ''
  return files
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, 10)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}`)
    .join('\n')
}
