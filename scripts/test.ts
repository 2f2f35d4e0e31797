import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { root } from './stack/settings.ts'
import { createTemplates } from './stack/test-servers/templates.ts'
import { testServersVariable, type TestServers } from './stack/test-servers/start.ts'
import { signals, withTestServers } from './stack/test-servers/with-test-servers.ts'
import { failures } from './test/failures.ts'
import { crashesOf, readResults, slowest, type Results } from './test/results.ts'
import { isRunName, wordsOf } from './test/runs.ts'

// node scripts/test.ts quick|system ... [tap's options] [files]
// Starts the servers that the tests share, runs tap once for each run named, or once for the files named, and stops
// everything whatever happens. The last line is the sum.
const words = process.argv.slice(2)
const options = words.filter((word) => !isRunName(word))
const namesFiles = options.some((word) => !word.startsWith('-'))
const named = words.filter(isRunName)
const runs = namesFiles ? [[]] : (named.length > 0 ? named : ['quick' as const]).map(wordsOf)

const results: Results[] = []
await withTestServers('test', async (servers, interrupted) => {
  await createTemplates(servers.primary.admin_url, servers.replica.admin_url)
  for (const run of runs) {
    interrupted.throwIfAborted()
    results.push(await tap(servers, [...run, ...options]))
  }
})
for (const one of results) {
  console.log([slowest(one), crashesOf(one), failures(one.text)].filter(Boolean).join('\n\n'))
  if (one.failed > 0) process.exitCode = 1
}
// Servers that did not start, or an interruption.
const broken = process.exitCode && results.every(({ failed }) => failed === 0) ? 1 : 0
const sum = (of: 'passed' | 'failed') => results.reduce((total, one) => total + one[of], 0)
// A line of its own: tap may have left the cursor's escape code behind.
console.log(`\n${sum('passed')} passed, ${sum('failed') + broken} failed`)

async function tap(servers: TestServers, run: string[]): Promise<Results> {
  const report = path.join(servers.folder, `results-${results.length}.tap`)
  const crashes = path.join(servers.folder, `crashes-${results.length}.log`)
  // Without a terminal (CI, a log) tap's moving display is noise: only failures are told, at the end.
  const plain = process.stdout.isTTY ? [] : ['--reporter=min']
  const { NODE_OPTIONS = '' } = process.env
  const child = spawn('tap', [...plain, '--output-file', report, ...run], {
    stdio: 'inherit',
    env: {
      // A file of tests loads what the one before it has compiled.
      NODE_COMPILE_CACHE: path.join(servers.folder, 'compiled'),
      ...process.env,
      NODE_OPTIONS: [
        NODE_OPTIONS,
        preloaded('report-crash.cjs'),
        ...(run.includes('--no-disable-coverage') ? [] : [preloaded('uncovered.cjs')])
      ].join(' '),
      HOLDFAST_TEST_CRASHES: crashes,
      [testServersVariable]: JSON.stringify(servers)
    }
  })
  const stop = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of signals) process.on(signal, stop)
  const [code] = (await once(child, 'exit')) as [number | null]
  for (const signal of signals) process.off(signal, stop)
  return readResults(await read(report), await read(crashes), code ?? 1)
}

function preloaded(name: string): string {
  return `--require=${JSON.stringify(path.join(root, 'test/support', name))}`
}

function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
