import { groups as ofNodes, renamed } from '../../plugins/kernel/variables.ts'
import { groups as ofPrograms } from '../stack/variables.ts'
import type { Generated } from './generated.ts'

/** What both kinds of groups say about a variable; a node's variable without a default is required. */
type Row = { description?: string; default?: unknown }

export const configuration: Generated = {
  file: 'docs/configuration.md',
  write: () =>
    [
      opening,
      '## What a node reads',
      nodes,
      ...sections(ofNodes, 'required'),
      '## What `npm start` and the other programs read as well',
      programs,
      ...sections(ofPrograms, 'none'),
      ...oldNames()
    ].join('\n\n')
}

const opening = `# Configuration

<!-- Made by \`npm run docs\` of plugins/kernel/variables.ts and scripts/stack/variables.ts. Change those. -->

Everything is set by environment variables. An empty variable is one that is not set. Lists are comma separated. A node or
program that is given a wrong value does not start; a node names every variable that is missing or wrong in one line.`

const nodes = `These are checked once, at the start of \`node server.ts\`. \`npm start\` passes its own environment on to the nodes, and
sets HOST, PORT, PRIMARY_URL, REPLICA_URLS, REDIS_URL, NGINX_STATUS_URL and NGINX_ACCESS_LOG itself; COOKIE_SECRET,
ADMIN_API_KEY and OPS_NODES only if they are not set. The two secrets are generated once and kept in HOLDFAST_DATA.`

const programs = `\`npm start\` also reads HOLDFAST_DATA, HOLDFAST_BACKUPS and HOLDFAST_CURRENCY as a node does. The proxy limits requests by
RATE_LIMIT_API and RATE_LIMIT_CHECKOUT too. With PRIMARY_URL (and REPLICA_URLS) or REDIS_URL set, these servers are used and
none are started in their place.`

function* sections(groups: Record<string, object>, without: string) {
  for (const [title, variables] of Object.entries(groups)) {
    yield `### ${title}`
    yield [
      '| Variable | Default | Meaning |',
      '| --- | --- | --- |',
      ...Object.entries(variables as Record<string, Row>).map(
        ([name, row]) => `| \`${name}\` | ${defaultOf(row, without)} | ${row.description} |`
      )
    ].join('\n')
  }
}

function defaultOf({ default: value }: Row, without: string): string {
  if (value === undefined) return without
  return value === '' ? 'none' : `\`${String(value)}\``
}

function* oldNames() {
  const rows = Object.entries(renamed)
  if (rows.length === 0) return
  yield '## Old names that still work'
  yield [
    '| Old | New |',
    '| --- | --- |',
    ...rows.map(([from, to]) => `| \`${from}\` | \`${to}\` |`)
  ].join('\n')
}
