import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { lsnText, type Lsn } from '../../../plugins/storage/lsn.ts'
import { primaryReasons } from '../../../plugins/storage/read-routing/reasons.ts'
import { replicaLag } from '../../../plugins/storage/replicas/metrics.ts'
import { forStaff } from '../../../plugins/kernel/openapi/operation.ts'
import { Replication } from './schema.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { heartbeat, readCounts, replicas } = fastify
  fastify.addHook('preParsing', fastify.requireScope('ops'))

  fastify.get(
    '',
    {
      schema: {
        ...forStaff,
        operationId: 'getReplication',
        summary: 'How far the replicas are, and who serves the reads',
        description: 'As the node that answers sees it.',
        response: { 200: Replication }
      }
    },
    async () => {
      const counts = await readCounts()
      const all = sum(counts)
      const served = (target: string) => {
        const reads = sum(counts.filter((count) => count.target === target))
        return { reads, share: all === 0 ? 0 : reads / all }
      }
      const because = (wanted: string) =>
        sum(counts.filter(({ target, reason }) => target === 'primary' && reason === wanted))

      return {
        primary: {
          position: textOf(heartbeat.position()),
          ...served('primary'),
          why: Object.fromEntries(
            primaryReasons.map((reason) => [reason, because(reason)])
          ) as Replication['primary']['why']
        },
        replicas: replicas.all.map((replica) => ({
          replica: replica.name,
          ...replica.health,
          watermark: textOf(replica.watermark),
          ...replicaLag(replica, heartbeat),
          ...served(replica.name)
        }))
      }
    }
  )
}

export default routes

const sum = (counts: { reads: number }[]) => counts.reduce((total, { reads }) => total + reads, 0)

const textOf = (lsn: Lsn | undefined) => (lsn === undefined ? null : lsnText(lsn))
