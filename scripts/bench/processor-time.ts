import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds of processor time by group of processes. */
export type ProcessorTime = Record<string, number>

/** The processes whose time is counted: a server's children count with it. */
export type Watched = {
  /** Single processes, by the group that they count for. */
  processes: () => { group: string; pid: number | null }[]
  /** The postmaster of the primary, and those of its replicas. */
  primary: () => number | null
  replicas: () => (number | null)[]
}

/** A tick of /proc, in milliseconds: Linux counts a hundred a second on every machine that this runs on. */
const tick_ms = 10

/** What the watched processes have used since they began. Two samples and their difference say what a load has used. */
export function sampleProcessorTime(watched: Watched): ProcessorTime {
  const spent: ProcessorTime = {}
  const add = (group: string, ticks: number) => {
    spent[group] = (spent[group] ?? 0) + ticks * tick_ms
  }
  const groups = new Map(watched.processes().map(({ group, pid }) => [pid, group]))
  const primary = watched.primary()
  const replicas = new Set(watched.replicas())
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    const stat = statOf(pid)
    if (!stat) continue
    const group = groups.get(pid)
    if (group) add(group, stat.own)
    // The postmaster has what its children used that have ended: a closed connection's backend among them.
    else if (pid === primary) add('backends', stat.own + stat.ended)
    else if (stat.parent === primary)
      add(/walsender/.test(titleOf(pid)) ? 'walsenders' : 'backends', stat.own)
    else if (replicas.has(pid)) add('replicas', stat.own + stat.ended)
    else if (replicas.has(stat.parent)) add('replicas', stat.own)
  }
  return spent
}

/** What was spent between two samples, by group. */
export const spentBetween = (before: ProcessorTime, after: ProcessorTime): ProcessorTime =>
  Object.fromEntries(
    Object.entries(after).map(([group, ms]) => [group, Math.max(0, ms - (before[group] ?? 0))])
  )

/** Milliseconds of all processors in which they were not idle, since the machine was started. */
export function busyTime(): number {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/ +/)
    .map(Number)
  return (user! + nice! + system! + irq! + softirq!) * tick_ms
}

/** The most memory that a process has had, in megabytes. */
export function highestMemory(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

function statOf(pid: number) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program may have spaces and parentheses: what follows the last one are numbers.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    return { parent: fields[1]!, own: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! }
  } catch {
    return undefined
  }
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
