import { execFileSync, spawnSync } from 'node:child_process'
import { find } from './binaries.ts'

export const isRoot = process.getuid?.() === 0

/** util-linux' setpriv: tells a server when its supervisor is gone, and turns root into another user. */
const setpriv = process.platform === 'linux' ? find('setpriv') : undefined

/**
 * The words that start a server: it ends by `signal` when this process does, however that went, and runs as the system
 * user postgres where `words` are PostgreSQL's and we are root (PostgreSQL refuses to run as root).
 */
export function launcher(words: string[], signal: NodeJS.Signals, asPostgres = false): string[] {
  const drop = asPostgres && isRoot ? becomePostgres() : []
  return setpriv ? [setpriv, ...drop, `--pdeathsig=${signal.slice(3)}`, ...words] : words
}

/** Who owns PostgreSQL's folders: undefined means "we ourselves". */
export function postgresOwner(): { uid: number; gid: number } | undefined {
  if (!isRoot) return undefined
  try {
    return { uid: idOfPostgres('-u'), gid: idOfPostgres('-g') }
  } catch {
    throw new Error(
      'PostgreSQL refuses to run as root, and there is no user postgres: start as an ordinary user'
    )
  }
}

function idOfPostgres(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }))
}

/** Throws the one line that says what to do when the user postgres cannot get to its folders. */
export function checkReach(folder: string): void {
  if (!isRoot) return
  const [command = '', ...args] = launcher(['ls', '-d', `${folder}/.`], 'SIGKILL', true)
  if (spawnSync(command, args, { cwd: '/', stdio: 'ignore' }).status === 0) return
  throw new Error(
    `the user postgres cannot reach ${folder}: set HOLDFAST_DATA to a folder that it can, such as /var/tmp/holdfast`
  )
}

const user = ['--reuid=postgres', '--regid=postgres', '--init-groups']

/** With this one capability it may pass through folders that only root may enter (mktemp's are 0700). */
const passThrough = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']

let words: string[] | undefined

function becomePostgres(): string[] {
  if (!setpriv)
    throw new Error(
      'PostgreSQL refuses to run as root, and setpriv is missing: start as an ordinary user'
    )
  // Some containers refuse the capability. Then the folders have to be within postgres' reach by themselves.
  const granted = () =>
    spawnSync(setpriv, [...user, ...passThrough, 'true'], { cwd: '/', stdio: 'ignore' }).status ===
    0
  words ??= granted() ? [...user, ...passThrough] : user
  return words
}
