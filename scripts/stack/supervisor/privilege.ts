import { execFileSync, spawnSync } from 'node:child_process'
import { find } from './binaries.ts'

export const isRoot = process.getuid?.() === 0

/** util-linux' setpriv: sends a server a signal when its supervisor dies, and runs it as another user. */
const setpriv = process.platform === 'linux' ? find('setpriv') : undefined

/**
 * The command that starts a server: the server gets `signal` when this process ends for any reason. With `asPostgres` it
 * runs as the system user postgres when this process runs as root (PostgreSQL refuses to run as root).
 */
export function launcher(words: string[], signal: NodeJS.Signals, asPostgres = false): string[] {
  const drop = asPostgres && isRoot ? becomePostgres() : []
  return setpriv ? [setpriv, ...drop, `--pdeathsig=${signal.slice(3)}`, ...words] : words
}

/** The user who owns PostgreSQL's folders; undefined: the user of this process. */
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

/** @throws one line that says what to do when the user postgres cannot enter the folder */
export function checkReach(folder: string): void {
  if (!isRoot) return
  const [command = '', ...args] = launcher(['ls', '-d', `${folder}/.`], 'SIGKILL', true)
  if (spawnSync(command, args, { cwd: '/', stdio: 'ignore' }).status === 0) return
  throw new Error(
    `the user postgres cannot reach ${folder}: set HOLDFAST_DATA to a folder that it can enter, such as /var/tmp/holdfast`
  )
}

const user = ['--reuid=postgres', '--regid=postgres', '--init-groups']

/** With this capability PostgreSQL may enter folders that only root may enter (those of mktemp are 0700). */
const passThrough = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']

let words: string[] | undefined

function becomePostgres(): string[] {
  if (!setpriv)
    throw new Error(
      'PostgreSQL refuses to run as root, and setpriv is missing: start as an ordinary user'
    )
  // Some containers refuse the capability. Then the user postgres must be able to enter the folders without it.
  const granted = () =>
    spawnSync(setpriv, [...user, ...passThrough, 'true'], { cwd: '/', stdio: 'ignore' }).status ===
    0
  words ??= granted() ? [...user, ...passThrough] : user
  return words
}
