import path from 'node:path'
import { external, type Database } from './databases.ts'
import type { Proxy } from './proxy/start.ts'
import { readJson } from './supervisor/files.ts'
import type { NodeServer } from './nodes/start.ts'
import { externalServers, root } from './settings.ts'
import type { RedisServer } from './start-redis.ts'

/** The content of stack.json. Pids change when a server was restarted. */
export type Running = {
  /** The proxy's, or the first node's where there is no proxy. */
  url: string
  admin_key: string
  nodes: Pick<NodeServer, 'url' | 'port' | 'pid'>[]
  nginx: Pick<Proxy, 'port' | 'pid' | 'status_url'> | null
  redis: RedisServer
  postgres: { primary: Database; replicas: Database[] }
  /** The folder of the logs. */
  log: string
}

export const stackFile = (data: string) => path.join(data, 'stack.json')

/** The data folder: HOLDFAST_DATA, else .holdfast in the repository. */
export const dataFolder = () => path.resolve(root, process.env.HOLDFAST_DATA || '.holdfast')

/** The external databases of the environment, else those of the system that runs on this machine. */
export function runningDatabases(): Running['postgres'] {
  const { primary, replicas = [] } = externalServers(process.env)
  if (!primary) return runningStack().postgres
  return { primary: external(primary), replicas: replicas.map(external) }
}

/** @throws one line when no system runs in the folder */
export function runningStack(data = dataFolder()): Running {
  const running = readJson<Running>(stackFile(data))
  if (running) return running
  throw new Error(`no system runs in ${data}: npm start, or set HOLDFAST_DATA or PRIMARY_URL`)
}

/** The number of a replica as the operator wrote it: 1 is the first. */
export function replicaNumber(word: string | undefined, replicas: number): number {
  const number = Number(word)
  if (Number.isInteger(number) && number >= 1 && number <= replicas) return number
  throw new Error(`say which replica, 1 to ${replicas}, not ${word ?? 'nothing'}`)
}
