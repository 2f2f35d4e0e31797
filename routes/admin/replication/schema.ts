import { Type } from 'typebox'
import { NullableString } from '../../../plugins/kernel/http/schemas.ts'
import { primaryReasons } from '../../../plugins/storage/read-routing/reasons.ts'
import { reasons, states } from '../../../plugins/storage/replicas/health.ts'

const Reads = Type.Integer({ description: 'Reads that it has served since this node began.' })
const Share = Type.Number({ description: 'Of all reads that a replica may serve, 0 to 1.' })
const Position = (description: string) =>
  Type.Unsafe<string | null>({ ...NullableString, description })
const NullableNumber = Type.Unsafe<number | null>({ type: ['number', 'null'] })

export type Replication = Type.Static<typeof Replication>
export const Replication = Type.Object(
  {
    primary: Type.Object({
      position: Position('Where its log stood at the last heartbeat.'),
      reads: Reads,
      share: Share,
      why: Type.Object(
        Object.fromEntries(primaryReasons.map((reason) => [reason, Type.Integer()])) as Record<
          (typeof primaryReasons)[number],
          Type.TInteger
        >,
        {
          description:
            'token: not known, or not ours; wait: no replica had caught up in time; ejected: all of them; ' +
            'error: a replica failed; missing: a replica had not what was asked for; none: there are no replicas.'
        }
      )
    }),
    replicas: Type.Array(
      Type.Object({
        replica: Type.String(),
        state: Type.Enum([...states], { type: 'string' }),
        reason: Type.Unsafe<(typeof reasons)[number] | null>({
          type: ['string', 'null'],
          enum: [...reasons, null]
        }),
        watermark: Position('It shows everything up to here.'),
        watermark_age_seconds: NullableNumber,
        lag_seconds: NullableNumber,
        lag_bytes: NullableNumber,
        reads: Reads,
        share: Share
      })
    )
  },
  { description: 'As the node that answers sees it. null: not known.' }
)
