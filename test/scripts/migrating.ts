import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Pool } from 'pg'
import type { Test } from 'tap'
import { createDatabase, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { migrate } from '../../scripts/stack/postgres/migrate.ts'
import {
  publish,
  subscribe,
  synced,
  unsubscribe
} from '../../scripts/stack/postgres/replication.ts'
import { testServers } from '../support/environment.ts'

/** Two empty databases, on the primary's cluster and on the replica's. */
export async function databases(t: Test) {
  const servers = testServers()
  const name = `m_${randomBytes(6).toString('hex')}`
  const open = async (server: string) => {
    await createDatabase(server, name)
    const url = withDatabase(server, name)
    const sql = new Pool({ connectionString: url, max: 1 })
    t.teardown(() => sql.end())
    return { url, sql }
  }
  return {
    name,
    primary: await open(servers.primary.admin_url),
    replica: await open(servers.replica.admin_url)
  }
}

/** The same, with what this folder makes, and the replica follows the primary. */
export async function following(t: Test, sql: URL) {
  const both = await databases(t)
  const { primary, replica, name } = both
  const servers = { primary: primary.url, replicas: [replica.url] }
  await migrate({ ...servers, sql })
  await publish(primary.url)
  await subscribe(primary.url, replica.url, name)
  t.teardown(() => unsubscribe(replica.url, name))
  await synced(replica.url)
  return { ...both, servers }
}

/** A folder like sql/. */
export function folder(t: Test, migrations: Record<string, string>) {
  const root = t.testdir({ migrations, functions: {} })
  mkdirSync(path.join(root, 'functions'), { recursive: true })
  const write = (file: string, text: string) =>
    writeFileSync(path.join(root, 'migrations', file), text)
  return { url: pathToFileURL(`${root}/`), write }
}
