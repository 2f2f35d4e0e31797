import { userInfo } from 'node:os'
import type { ClientBase } from 'pg'

/**
 * The settings of every connection. What a database, a role or a configuration file sets for these names has no effect on us:
 * texts of times and numbers, names without a schema, what a transaction sees and how long a statement may take are ours.
 *
 * Not here: `default_transaction_read_only`, by which a server says that it takes no writes (its disk is full, it is a
 * replica), and sizes of memory, which belong to the machine.
 */
const settings = {
  // Texts
  datestyle: 'ISO,MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  lc_monetary: 'C',
  lc_numeric: 'C',
  lc_time: 'C',
  quote_all_identifiers: 'off',
  // What a statement means
  search_path: 'public',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
  gin_fuzzy_search_limit: '0',
  default_text_search_config: 'pg_catalog.simple',
  // Transactions: what they see, and that an answered commit is on the disk
  default_transaction_isolation: 'read\\ committed',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  exit_on_error: 'off',
  // Waits: a pool or a client says its own
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  // Plans. Statements are short: compiling one costs up to a second and saves nothing.
  jit: 'off',
  plan_cache_mode: 'auto',
  enable_seqscan: 'on',
  enable_indexscan: 'on',
  enable_indexonlyscan: 'on',
  enable_bitmapscan: 'on',
  enable_nestloop: 'on',
  enable_hashjoin: 'on',
  enable_mergejoin: 'on',
  enable_hashagg: 'on',
  enable_sort: 'on',
  enable_material: 'on',
  // Secrets and personal data
  password_encryption: 'scram-sha-256',
  log_parameter_max_length_on_error: '0'
}

/** The same as command-line options of a session, in which they stand above every other source. */
const sessionOptions = Object.entries(settings)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ')

/**
 * The first statement of every connection: settings that an older server does not know, and would refuse as an option of the
 * session. A pool runs it by itself (`onConnect` of postgresConnection); a client has to when it is connected.
 */
export async function setNewerSettings(client: Pick<ClientBase, 'query'>): Promise<void> {
  await client.query(`select set_config('transaction_timeout', '0', false)
    where current_setting('server_version_num')::int >= 170000`)
}

/**
 * What the driver needs to connect to this URL: everything that it would otherwise read from PG* variables of the shell, and
 * the settings above. `more` are further settings (`-c name=value`). Only a password may come from elsewhere.
 */
export function postgresConnection(url: string, more = '') {
  const { connectionString, given } = complete(url)
  return {
    connectionString,
    options: [given, sessionOptions, more].filter(Boolean).join(' '),
    // Unless the URL says otherwise (?sslmode=…).
    ssl: false,
    sslnegotiation: 'postgres' as const,
    replication: 'false',
    onConnect: setNewerSettings
  }
}

/** The URL with user, port and database, and without `options`, which would replace ours. */
function complete(text: string) {
  if (!URL.canParse(text)) return { connectionString: text, given: '' }
  const url = new URL(text)
  const given = url.searchParams.get('options') ?? ''
  url.searchParams.delete('options')
  if (url.hostname) {
    url.username ||= encodeURIComponent(userInfo().username)
    url.port ||= '5432'
    if (url.pathname === '' || url.pathname === '/') url.pathname = `/${url.username}`
  }
  return { connectionString: url.href, given }
}
