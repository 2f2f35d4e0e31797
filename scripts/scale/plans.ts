import { Kysely, PostgresDialect } from 'kysely'
import { Pool, types } from 'pg'
import { postgresConnection } from '../../plugins/lib/postgres-connection.ts'
import { plansByIndex } from '../../plugins/storage/pool.ts'
import type { Database } from '../../sql/types.ts'

types.setTypeParser(types.builtins.INT8, Number)

/** What the database did for one query. */
export type Run = {
  /** Its time in all, the functions' statements included. */
  ms: number
  /** How many statements were sent to it. */
  statements: number
  /** Pages of 8 KiB that were read, from PostgreSQL's memory or from outside it. */
  pages: number
  indexes: string[]
  /** Tables that were read from end to end. */
  scanned: string[]
}

/**
 * Runs queries on one connection, with the planner's settings of a node's, and reports their plans, those inside functions too: auto_explain sends every plan as a
 * notice. Needs a superuser's URL.
 */
export async function openPlans(url: string) {
  const pool = new Pool({ ...postgresConnection(url, plansByIndex), max: 1 })
  const notices: string[] = []
  const asked = new Set<string>()
  // Without a listener a dropped connection would end this process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('notice', ({ message }) => notices.push(message ?? '')))
  await pool.query(`load 'auto_explain'`)
  for (const [name, value] of Object.entries(settings))
    await pool.query('select set_config($1, $2, false)', [name, value])
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void asked.add(query.sql)
  })

  return {
    close: () => db.destroy(),
    async explain<T>(work: (db: Kysely<Database>) => Promise<T>): Promise<{ run: Run; value: T }> {
      asked.clear()
      notices.length = 0
      const value = await work(db)
      return { run: summary(notices.flatMap(parse), asked), value }
    }
  }
}

const settings = {
  'auto_explain.log_level': 'notice',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  // Reading the clock at every row would take most of the time.
  'auto_explain.log_timing': 'off',
  'auto_explain.log_format': 'json'
}

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}

type Logged = { ms: number; text: string; plan: Node }

function parse(message: string): Logged[] {
  const [, ms, json] = /^duration: ([\d.]+) ms {2}plan:\n(.*)$/s.exec(message) ?? []
  if (!ms || !json) return []
  const { Plan: plan, ...rest } = JSON.parse(json) as { 'Query Text': string; Plan: Node }
  return [{ ms: Number(ms), text: rest['Query Text'], plan }]
}

/** The time and the pages of a function's statement are within those of the statement that called it. */
function summary(plans: Logged[], asked: Set<string>): Run {
  const outer = plans.filter(({ text }) => asked.has(text))
  const nodes = plans.flatMap(({ plan }) => within(plan))
  return {
    ms: sum(outer.map(({ ms }) => ms)),
    statements: outer.length,
    pages: sum(outer.map(({ plan }) => plan['Shared Hit Blocks'] + plan['Shared Read Blocks'])),
    indexes: distinct(nodes.map((node) => node['Index Name'])),
    scanned: distinct(
      nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])
    )
  }
}

const within = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(within)]

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

const distinct = (names: (string | undefined)[]) =>
  [...new Set(names)].filter((name) => name !== undefined).toSorted()
