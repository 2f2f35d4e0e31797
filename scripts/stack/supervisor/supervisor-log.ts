import { appendFileSync } from 'node:fs'
import path from 'node:path'

/** What a supervisor tells the operator: on the terminal, and in run/supervisor.log, which stays when the terminal is closed. */
export type SupervisorLog = {
  say(line: string): void
  /** The same for an error. */
  complain(line: string): void
  /** From now on lines are also kept in `<run>/supervisor.log`. */
  keepIn(run: string): void
}

export function newSupervisorLog(): SupervisorLog {
  let file: string | undefined
  const keep = (line: string) => {
    if (!file) return
    const time = new Date().toISOString()
    const lines = line.trim().split('\n')
    try {
      appendFileSync(file, lines.map((one) => `${time} ${one}\n`).join(''), { mode: 0o600 })
    } catch {
      // A full disk must not end the supervisor, which keeps the servers running.
    }
  }
  return {
    say(line) {
      console.log(line)
      keep(line)
    },
    complain(line) {
      console.error(line)
      keep(line)
    },
    keepIn(run) {
      file = path.join(run, 'supervisor.log')
    }
  }
}
