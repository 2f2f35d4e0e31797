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

/**
 * Makes sure that the user postgres can enter the folder. Where it cannot, the servers that are started from now on get a
 * capability with which they can (the folders of mktemp are open to root only); it passes every permission to read, so
 * they get it nowhere else.
 *
 * @throws one line that says what to do when the user postgres cannot enter the folder
 */
export function checkReach(folder: string): void {
  if (!isRoot || canEnter(folder)) return
  needsCapability = true
  if (canEnter(folder)) return
  throw new Error(
    `the user postgres cannot reach ${folder}: set HOLDFAST_DATA to a folder that it can enter, such as /var/tmp/holdfast`
  )
}

const user = ['--reuid=postgres', '--regid=postgres', '--init-groups']

const passThrough = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']

let needsCapability = false

function canEnter(folder: string): boolean {
  const [command = '', ...args] = launcher(['ls', '-d', `${folder}/.`], 'SIGKILL', true)
  return spawnSync(command, args, { cwd: '/', stdio: 'ignore' }).status === 0
}

function becomePostgres(): string[] {
  if (!setpriv)
    throw new Error(
      'PostgreSQL refuses to run as root, and setpriv is missing: start as an ordinary user'
    )
  return needsCapability ? [...user, ...passThrough] : user
}
