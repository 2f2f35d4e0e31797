import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { defaulted, Int64 } from '../../../plugins/kernel/http/schemas.ts'
import { forStaff } from '../../../plugins/kernel/openapi/operation.ts'

const Invariant = Type.Object(
  {
    name: Type.String({ description: 'What it is called.' }),
    holds: Type.Boolean({ description: 'Whether no violation was found.' }),
    violations: Int64({ description: 'How many rows break it.' }),
    meaning: Type.String({ description: 'What always holds.' }),
    remedy: Type.String({ description: 'What to do when it does not.' }),
    witnesses: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      description: 'The first ten rows that break it.'
    }),
    checked: Type.Boolean({
      description: 'false: it was not looked at, or not everywhere. That is no violation.'
    }),
    reason: Type.Optional(Type.String({ description: 'Why it was not checked.' }))
  },
  { title: 'Invariant', description: 'What must always hold, and whether it does.' }
)

const Depth = Type.Object(
  {
    deep: defaulted(
      Type.Boolean({
        default: false,
        description:
          'Every charge, every product and every row of every replica, instead of what is recent; on a large shop it takes minutes.'
      })
    )
  },
  { additionalProperties: false }
)

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.addHook('preParsing', fastify.requireScope('ops'))

  fastify.get(
    '',
    {
      schema: {
        ...forStaff,
        operationId: 'checkInvariants',
        summary: 'Checks now whether everything that must always hold does',
        description: 'A violation comes with what it means, its first rows, and what to do.',
        querystring: Depth,
        response: {
          200: Type.Object(
            {
              holds: Type.Boolean({ description: 'Whether all of them hold.' }),
              invariants: Type.Array(Invariant)
            },
            { title: 'Invariants', description: 'What was checked.' }
          )
        }
      }
    },
    async ({ query }) => {
      const findings = await fastify.checkInvariants(query.deep)
      const invariants = findings.map((finding) => ({
        ...finding,
        holds: finding.violations === 0
      }))
      return { holds: invariants.every(({ holds }) => holds), invariants }
    }
  )
}

export default routes
