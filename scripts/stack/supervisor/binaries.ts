import { execFileSync } from 'node:child_process'
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'

/** Folders that are missing in an ordinary user's PATH on Debian, and Homebrew's. */
const more = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/opt/homebrew/sbin']

/** A program's full path, or undefined. */
export function find(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':').filter(Boolean), ...more]
  return folders.map((folder) => path.join(folder, name)).find(isProgram)
}

const tools = ['initdb', 'pg_basebackup', 'pg_dump', 'pg_verifybackup']

/** The folder with postgres and its tools. @throws when there is none, or it is older than 15 */
export function postgresBin(): string {
  const bin = postgresFolder()
  // Older versions cannot publish a whole schema.
  checkVersion(path.join(bin, 'postgres'), 'PostgreSQL', 15)
  return bin
}

function postgresFolder(): string {
  const program = namedBy('PG_BIN', 'postgres')
  if (program) return path.dirname(program)
  const inPath = find('postgres')
  // The program in PATH may be a link to the folder that has the tools too; without them it is of no use.
  const beside = inPath && path.dirname(realpathSync(inPath))
  if (beside && tools.every((tool) => isProgram(path.join(beside, tool)))) return beside
  const newest = [
    ...packaged('/usr/lib/postgresql', ''),
    ...packaged('/opt/homebrew/opt', 'postgresql@')
  ]
    .toSorted((a, b) => b.version - a.version)
    .map(({ bin }) => bin)
    .find((bin) => isProgram(path.join(bin, 'postgres')))
  if (newest) return newest
  throw new Error('PostgreSQL 15 or newer was not found: install it, or set PG_BIN or PRIMARY_URL')
}

export function redisServer(): string {
  const found = namedBy('REDIS_BIN', 'redis-server') ?? find('redis-server')
  if (found) return checkVersion(found, 'Redis', 6.2)
  throw new Error('Redis 6.2 or newer was not found: install it, or set REDIS_BIN or REDIS_URL')
}

/** Undefined when NGINX is not installed: then clients use the first node directly. */
export function nginx(): string | undefined {
  return namedBy('NGINX_BIN', 'nginx') ?? find('nginx')
}

/** A program that a variable names, as a file or as its folder. */
function namedBy(variable: string, name: string): string | undefined {
  const value = process.env[variable]
  if (!value) return undefined
  const found = [path.join(value, name), value].find(isProgram)
  if (found) return found
  throw new Error(`${variable}: there is no program ${value}`)
}

function checkVersion(program: string, name: string, least: number): string {
  const output = execFileSync(program, ['--version'], { encoding: 'utf8' })
  const version = Number(/(\d+(\.\d+)?)/.exec(output)?.[1])
  if (version >= least) return program
  throw new Error(`${program} is ${name} ${version}: ${least} or newer is needed`)
}

function packaged(folder: string, prefix: string): { version: number; bin: string }[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(prefix))
      .map((name) => ({
        version: Number(name.slice(prefix.length)),
        bin: path.join(folder, name, 'bin')
      }))
      .filter(({ version }) => Number.isFinite(version))
  } catch {
    return []
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
