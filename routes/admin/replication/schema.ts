import { Type } from 'typebox'
import { Int64, NullableString } from '../../../plugins/kernel/http/schemas.ts'
import { primaryReasons } from '../../../plugins/storage/read-routing/reasons.ts'
import { reasons, states } from '../../../plugins/storage/replicas/health.ts'

const Reads = Int64({ description: 'Reads that it has served since this node began.' })
const Share = Type.Number({ description: 'Of all reads that a replica may serve, 0 to 1.' })
const Position = (description: string) =>
  Type.Unsafe<string | null>({ ...NullableString, description })
const NullableNumber = Type.Unsafe<number | null>({ type: ['number', 'null'] })

export type Replication = Type.Static<typeof Replication>
export const Replication = Type.Object(
  {
    primary: Type.Object(
      {
        position: Position('Where its log stood at the last heartbeat.'),
        reads: Reads,
        share: Share,
        why: Type.Object(
          Object.fromEntries(primaryReasons.map((reason) => [reason, Int64()])) as Record<
            (typeof primaryReasons)[number],
            Type.TInteger
          >,
          {
            title: 'PrimaryReadReasons',
            description:
              'token: not known, or not ours; wait: no replica had caught up in time; ejected: all of them; ' +
              'error: a replica failed; missing: a replica had not what was asked for; none: there are no replicas.'
          }
        )
      },
      { title: 'PrimaryReads', description: 'The primary, and why it served reads.' }
    ),
    replicas: Type.Array(
      Type.Object(
        {
          replica: Type.String({ description: 'Its name.' }),
          state: Type.Enum([...states], {
            type: 'string',
            title: 'ReplicaState',
            description: 'Whether it serves reads.'
          }),
          reason: Type.Unsafe<(typeof reasons)[number] | null>({
            type: ['string', 'null'],
            enum: [...reasons, null],
            title: 'EjectionReason',
            description: 'Why it serves none.'
          }),
          watermark: Position('It shows everything up to here.'),
          watermark_age_seconds: NullableNumber,
          lag_seconds: NullableNumber,
          lag_bytes: NullableNumber,
          reads: Reads,
          share: Share
        },
        { title: 'ReplicaReads', description: 'A replica, and how far it is.' }
      )
    )
  },
  { title: 'Replication', description: 'As the node that answers sees it. null: not known.' }
)
