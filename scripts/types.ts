import { rm } from 'node:fs/promises'
import { migrate } from './migrate.ts'
import { generateTypes } from './stack/codegen.ts'
import type { Kept } from './stack/keep.ts'
import { createDatabase, withDatabase } from './stack/postgres.ts'
import { makeScratch } from './stack/scratch.ts'
import { startTestServers } from './stack/test-servers.ts'

// Writes sql/database.ts from sql/migrations; with --verify only says whether it is up to date.
const folder = makeScratch()
const servers: Kept[] = []
try {
  const { primary } = await startTestServers(folder, (server) => servers.push(server))
  await createDatabase(primary.admin_url, 'types')
  const url = withDatabase(primary.admin_url, 'types')
  await migrate({ primary: url, replicas: [] })
  await generateTypes(url, { verify: process.argv.includes('--verify') })
} catch (err) {
  console.error(`types: ${(err as Error).message}`)
  process.exitCode = 1
} finally {
  await Promise.all(servers.map((server) => server.stop()))
  await rm(folder, { recursive: true, force: true })
}
