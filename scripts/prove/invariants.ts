import type { Invariant } from './client.ts'
import type { History } from './history.ts'

/** What the system's own deep check of the invariants answers. */
export async function invariants({ run }: History, admin_key: string): Promise<Invariant[]> {
  const headers = { authorization: `Bearer ${admin_key}` }
  const question = { method: 'GET', path: '/admin/invariants?deep=true', headers } as const
  const { operation, answer } = await run('invariants', question)
  if (!answer?.body.invariants)
    throw new Error(`the invariants were not answered: ${operation.status}`)
  return answer.body.invariants
}
