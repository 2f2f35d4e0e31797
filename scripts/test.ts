import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Kept } from './stack/keep.ts'
import { makeScratch } from './stack/scratch.ts'
import { createTemplates } from './stack/templates.ts'
import { startTestServers, testServersVariable } from './stack/test-servers.ts'

// Starts the servers that the tests share, runs tap with the arguments given, and stops everything whatever happens.
const folder = makeScratch()
const results = path.join(folder, 'results.tap')
const servers: Kept[] = []
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => (interrupted = true))

try {
  process.exitCode = await main()
} catch (err) {
  console.error(`test: ${(err as Error).message}`)
  process.exitCode = 1
} finally {
  await Promise.all(servers.map((server) => server.stop()))
  const text = await readFile(results, 'utf8').catch(() => '')
  const { passed, failed } = count(text)
  console.log([slowest(text), failures(text)].filter(Boolean).join('\n\n'))
  await rm(folder, { recursive: true, force: true })
  // A line of its own: tap may have left the cursor's escape code behind.
  console.log(`\n${passed} passed, ${failed} failed`)
}

async function main(): Promise<number> {
  const urls = await startTestServers(folder, (server) => servers.push(server))
  await createTemplates(urls.primary.admin_url, urls.replica.admin_url)
  if (interrupted) return 1
  // Without a terminal (CI, a log) tap's moving display is noise: only failures are told, at the end.
  const plain = process.stdout.isTTY ? [] : ['--reporter=min']
  const tap = spawn('tap', [...plain, '--output-file', results, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: {
      // A file of tests loads what the one before it has compiled.
      NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
      ...process.env,
      [testServersVariable]: JSON.stringify(urls)
    }
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => tap.kill(signal))
  const [code] = (await once(tap, 'exit')) as [number | null]
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
