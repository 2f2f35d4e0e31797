import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson, writeJson } from './files.ts'

/** After a server was killed, its workers keep the port until they have ended. */
const linger_ms = 1500

export async function isFree(port: number): Promise<boolean> {
  return (await tryPort(port)) === undefined
}

/** @throws one line that names the variable to change when the port cannot be used */
export async function checkPort(port: number, variable: string): Promise<void> {
  let code = await tryPort(port)
  // The servers of an earlier run were stopped just now, and may need a moment to end.
  for (
    const end = performance.now() + linger_ms;
    code === 'EADDRINUSE' && performance.now() < end;
  ) {
    await sleep(50)
    code = await tryPort(port)
  }
  if (code === undefined) return
  const why = code === 'EACCES' ? 'is not open to this user' : 'is in use'
  throw new Error(`port ${port} ${why}: set ${variable} to another`)
}

/** The error code of listening on the port; undefined: it is free. */
function tryPort(port: number): Promise<string | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? 'unknown'))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () =>
      server.close(() => resolve(undefined))
    )
  })
}

/** A free port below 32768: the system uses higher ones for outgoing connections, which could occupy it at the next start. */
export async function choosePort(taken: Iterable<number> = []): Promise<number> {
  const used = new Set(taken)
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(20_000, 32_000)
    if (!used.has(port) && (await isFree(port))) return port
  }
  throw new Error('no free port was found between 20000 and 32000')
}

/** The first of `length` consecutive free ports. */
export async function rowOfPorts(length: number, taken: number): Promise<number> {
  for (;;) {
    const first = await choosePort([taken])
    const row = Array.from({ length }, (_, index) => first + index)
    if (row.includes(taken)) continue
    const free = await Promise.all(row.map((port) => isFree(port)))
    if (free.every(Boolean)) return first
  }
}

/**
 * The ports of the servers by name: chosen at the first start and kept in `file`. A port that another process has taken is
 * replaced. `others` are never chosen.
 */
export async function keepPorts<Name extends string>(
  file: string,
  names: readonly Name[],
  others: number[] = []
): Promise<Record<Name, number>> {
  const kept = readJson<Partial<Record<string, number>>>(file) ?? {}
  const ports = { ...kept }
  for (const name of names) {
    const port = kept[name]
    if (port === undefined || !(await isFree(port))) {
      ports[name] = await choosePort([
        ...others,
        ...Object.values(ports).filter((taken) => taken !== undefined)
      ])
    }
  }
  if (names.some((name) => ports[name] !== kept[name])) writeJson(file, ports)
  return ports as Record<Name, number>
}
