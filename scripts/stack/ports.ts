import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'
import { readJson, writeJson } from './files.ts'

export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    return await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(true))
    })
  } finally {
    server.close()
  }
}

/** @throws the one line that says which variable moves a port that somebody else has */
export async function checkPort(port: number, variable: string): Promise<void> {
  if (!(await isFree(port))) throw new Error(`port ${port} is in use: set ${variable} to another`)
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

/** The ports of the servers by name: chosen at the first start, then kept in `file`; chosen anew only when taken. */
export async function keepPorts<Name extends string>(
  file: string,
  names: readonly Name[]
): Promise<Record<Name, number>> {
  const kept = readJson<Partial<Record<string, number>>>(file) ?? {}
  const ports = { ...kept }
  for (const name of names) {
    const port = kept[name]
    if (port === undefined || !(await isFree(port))) {
      ports[name] = await choosePort(Object.values(ports).filter((taken) => taken !== undefined))
    }
  }
  if (names.some((name) => ports[name] !== kept[name])) writeJson(file, ports)
  return ports as Record<Name, number>
}
