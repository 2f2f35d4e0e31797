import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { FastifyInstance } from 'fastify'
import { environmentOf, type Environment } from './build.ts'

/** Changes what the simulated payment provider of a shop has decided, behind its back. */
export function changeLedger(shop: FastifyInstance | Environment, statement: string): void {
  const { folder } = environmentOf(shop)
  const store = new DatabaseSync(path.join(folder, 'provider', 'ledger.sqlite'))
  store.exec(statement)
  store.close()
}
