import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { fillCatalog } from '../../scripts/seed/fill-catalog.ts'
import { find } from '../../scripts/stack/supervisor/binaries.ts'
import { root } from '../../scripts/stack/settings.ts'
import { adminKey, build, environmentOf } from '../support/build.ts'

// What the tests of generated clients share: a shop that serves, and the tools of a language.

/** A node with a sample catalog and without limits, and its document as a file. */
export async function openShop(t: Test) {
  const unlimited = {
    RATE_LIMIT_API: '0',
    RATE_LIMIT_CHECKOUT: '0',
    PENDING_ORDERS_PER_IP: '0',
    PENDING_ORDERS_PER_SESSION: '0'
  }
  const app = await build(t, unlimited, { replica: true })
  await fillCatalog(environmentOf(app).primaryUrl, { products: 50, currency: 'USD' }, () => {})
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const folder = t.testdir()
  const document = path.join(folder, 'openapi.json')
  await writeFile(document, await (await fetch(`${url}/openapi.json`)).text())
  return { url, folder, document, env: { SHOP_URL: url, SHOP_KEY: adminKey } }
}

/** Runs a program to its end, and answers what it printed. @throws an Error with all that it printed */
export async function run(
  program: string,
  words: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> }
): Promise<string> {
  const options = { cwd, env: { ...process.env, ...env }, timeout: 600_000, maxBuffer: 2 ** 26 }
  try {
    const { stdout, stderr } = await promisify(execFile)(program, words, options)
    return stdout + stderr
  } catch (err) {
    const {
      stdout = '',
      stderr = '',
      message
    } = err as Error & { stdout?: string; stderr?: string }
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: err })
  }
}

/** Why the tests of a language are skipped on this machine, if they are. */
export function lacks(...programs: string[]): string | false {
  const missing = programs.filter((program) => !find(program))
  return missing.length > 0 && `${missing.join(' and ')} is not installed`
}

/** Copies the flows of a language into the folder of a test. */
export const copyFlows = (language: string, folder: string) =>
  cp(path.join(import.meta.dirname, language), folder, { recursive: true })

/**
 * A folder with the tools of a language, which is kept for later runs. `install` fills it when it is new, or when `pins` (a
 * file of `language`, with the versions) has changed.
 */
export async function tools(
  language: string,
  pins: string,
  install: (folder: string, pinned: string) => Promise<unknown>
): Promise<string> {
  const pinned = path.join(import.meta.dirname, language, pins)
  const version = createHash('sha1')
    .update(await readFile(pinned))
    .digest('hex')
  const folder = path.join(root, 'node_modules/.cache/holdfast-sdk', `${language}-${version}`)
  const done = path.join(folder, 'installed')
  if (await stat(done).catch(() => undefined)) return folder
  await mkdir(folder, { recursive: true })
  await install(folder, pinned)
  await writeFile(done, '')
  return folder
}

/** The packages of a package.json and its lock file. */
export const npmTools = (language: string) =>
  tools(language, 'package-lock.json', async (folder, pinned) => {
    for (const name of ['package.json', 'package-lock.json'])
      await cp(path.join(path.dirname(pinned), name), path.join(folder, name))
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  })

/** Makes the packages of `tools` those of `folder`. */
export const linkPackages = (from: string, folder: string) =>
  symlink(path.join(from, 'node_modules'), path.join(folder, 'node_modules'))

/** The generator, mypy and schemathesis, in an environment of their own. */
export const pythonTools = () =>
  tools('python', 'requirements.txt', async (folder, pinned) => {
    await run('python3', ['-m', 'venv', folder], { cwd: folder })
    await run(path.join(folder, 'bin/pip'), ['install', '-q', '-r', pinned], { cwd: folder })
  })
