import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const linux = process.platform === 'linux'

/** Identifies one process: the system reuses pids, also after a reboot, so a pid alone is not enough. */
export type Identity = { pid: number; started: string; boot: string }

/** Undefined when there is no such process, or it is a zombie. */
export function identify(pid: number): Identity | undefined {
  const started = startOf(pid)
  return started === undefined ? undefined : { pid, started, boot }
}

export function isAlive({ pid, started, boot: itsBoot }: Identity): boolean {
  return itsBoot === boot && startOf(pid) === started
}

/** Whether the pid's process group may still be this server's: same boot, and no other process has the pid. */
export function mayLeadGroup({ pid, started, boot: itsBoot }: Identity): boolean {
  const now = startOf(pid)
  return itsBoot === boot && (now === undefined || now === started)
}

const boot = bootId()

function bootId(): string {
  try {
    return linux
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      : execFileSync('sysctl', ['-n', 'kern.boottime'], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/** When a live process was started, as the system writes it. */
function startOf(pid: number): string | undefined {
  try {
    if (!linux) {
      const found = execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' })
      return found.trim() || undefined
    }
    // /proc/PID/stat, after the command's name, which may have spaces: field 3 is the state, 22 the start in clock ticks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}
