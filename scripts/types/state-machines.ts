import type { Client } from 'pg'
import { readEnums } from './catalog.ts'
import { machines, start, type Machine } from './machines.ts'

/**
 * The state machines of the migrated database, in Markdown. That of orders is a table; the others are in machines.ts.
 * @throws when machines.ts does not fit the database
 */
export async function stateMachines(client: Client): Promise<string> {
  const enums = await readEnums(client)
  const sources = await readFunctions(client)
  for (const machine of machines) check(machine, enums.get(machine.type) ?? [], sources)
  return [await orderMachine(client), ...machines].map(section).join('\n\n')
}

async function orderMachine(client: Client): Promise<Machine> {
  const { rows } = await client.query<{ from: string; to: string }>(
    `select from_status as "from", to_status as "to" from order_transitions order by 1, 2`
  )
  return {
    title: 'Order',
    text: `The status of \`orders\`, from the rows of \`order_transitions\`; a trigger refuses every other transition. \`completed\` is allowed
and nothing writes it yet: it is reserved for orders that are delivered.`,
    type: 'order_status',
    transitions: [
      { from: start, to: 'pending', by: [] },
      ...rows.map((row) => ({ ...row, by: [] }))
    ]
  }
}

function section({ title, text, transitions, reserved = {} }: Machine): string {
  const arrows = transitions.map(
    ({ from, to, by }) => `  ${from} --> ${to}${by.length > 0 ? `: ${by.join(', ')}` : ''}`
  )
  const list = Object.entries(reserved).map(([status, why]) => `- \`${status}\`: ${why}.`)
  const rest = list.length > 0 ? ['', 'Nothing writes these values yet:', '', ...list] : []
  return [
    `### ${title}`,
    '',
    text,
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...arrows,
    '```',
    ...rest
  ].join('\n')
}

/** Every value is reached or reserved; each function exists, and names the new status unless that is the column's default. */
function check(
  { title, transitions, reserved = {} }: Machine,
  values: string[],
  sources: Map<string, string>
) {
  const reached = transitions.map(({ to }) => to)
  const told = [...new Set([...reached, ...Object.keys(reserved)])].toSorted()
  if (told.join() !== values.toSorted().join())
    throw new Error(
      `scripts/types/machines.ts: ${title} has ${told.join()}, the database ${values.join()}`
    )
  for (const { from, to, by } of transitions)
    for (const name of by) {
      const source = sources.get(name)
      if (source === undefined || (from !== start && !source.includes(`'${to}'`)))
        throw new Error(`scripts/types/machines.ts: ${name} does not write ${to}`)
    }
}

async function readFunctions(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; source: string }>(
    `select proname as name, prosrc as source from pg_proc where pronamespace = 'public'::regnamespace`
  )
  return new Map(rows.map(({ name, source }) => [name, source]))
}
