import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const most_ms = 4 * 60 * 60_000

/**
 * Runs HOLDFAST_BACKUP_HOOK with the folder of all backups as its last argument: a program that encrypts them and takes
 * them to another place, such as infra/encrypt-backups.sh.
 *
 * @throws an Error with the last line that the program wrote to stderr
 */
export async function runHook(hook: string, backups: string): Promise<void> {
  const words = ['-c', `${hook} "$1"`, 'hook', backups]
  await promisify(execFile)('sh', words, { timeout: most_ms }).catch(
    ({ stderr = '', message }: { stderr?: string; message: string }) => {
      const reason = stderr.trim().split('\n').at(-1) || message
      throw new Error(`the backup was taken, but HOLDFAST_BACKUP_HOOK failed: ${reason}`)
    }
  )
}
