import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson, writeJson } from './files.ts'

/** A killed server's workers hold its port for as long as they take to die. */
const lingerMs = 1500

export async function isFree(port: number): Promise<boolean> {
  return (await tryPort(port)) === undefined
}

/** @throws the one line that says which variable moves a port that cannot be had */
export async function checkPort(port: number, variable: string): Promise<void> {
  let code = await tryPort(port)
  // What an earlier system left behind was told to end, and is about to.
  for (
    const end = performance.now() + lingerMs;
    code === 'EADDRINUSE' && performance.now() < end;
  ) {
    await sleep(50)
    code = await tryPort(port)
  }
  if (code === undefined) return
  const why = code === 'EACCES' ? 'is not open to this user' : 'is in use'
  throw new Error(`port ${port} ${why}: set ${variable} to another`)
}

/** What the system says against listening there. */
function tryPort(port: number): Promise<string | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? 'unknown'))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () =>
      server.close(() => resolve(undefined))
    )
  })
}

/** Below the range the system gives outgoing connections (32768 up), or one of those may hold it at the next start. */
export async function choosePort(taken: Iterable<number> = []): Promise<number> {
  const used = new Set(taken)
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(20_000, 32_000)
    if (!used.has(port) && (await isFree(port))) return port
  }
  throw new Error('no free port was found between 20000 and 32000')
}

/** The first of so many free ports in a row. */
export async function rowOfPorts(length: number, taken: number): Promise<number> {
  for (;;) {
    const first = await choosePort([taken])
    const row = Array.from({ length }, (_, index) => first + index)
    if (row.includes(taken)) continue
    const free = await Promise.all(row.map((port) => isFree(port)))
    if (free.every(Boolean)) return first
  }
}

/** The ports of the servers by name: chosen at the first start, then kept in `file`; chosen anew only when taken. `others` are spoken for. */
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
