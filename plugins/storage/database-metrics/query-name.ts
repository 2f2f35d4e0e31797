const names = new Map<string, string>()
const mostNames = 1000

/**
 * What a statement is called in metrics: what it does to which table (`select orders`), or the function it calls
 * (`place_orders`). As many names as the schema has tables and functions, however many texts there are.
 */
export function queryName(sql: string): string {
  const known = names.get(sql)
  if (known !== undefined) return known
  const name = read(sql)
  if (names.size < mostNames) names.set(sql, name)
  return name
}

function read(sql: string): string {
  const text = sql.toLowerCase().replace(/--.*/g, '')
  // A statement that reads what it has written is named by what it writes.
  const [, verb, table] =
    /\b(insert|update|delete)\s+(?:into\s+|from\s+)?"?([a-z_]\w*)/.exec(
      text.trimStart().startsWith('with') ? text : outermost(text)
    ) ?? []
  if (verb && table) return `${verb} ${table}`

  const outer = outermost(text)
  const from = /\bfrom\s+(?:\(\)\s+as\s+)?"?([a-z_]\w*)"?(\()?/.exec(outer)
  if (from) return from[2] ? from[1]! : `select ${from[1]}`
  const called = /\b([a-z_]\w*)\(/.exec(outer)
  return called?.[1] ?? /^\s*([a-z]+)/.exec(text)?.[1] ?? 'other'
}

/** What stands in no parentheses: subqueries and arguments have a `from` of their own. */
function outermost(text: string): string {
  let depth = 0
  let outer = ''
  for (const char of text) {
    if (char === ')') depth--
    if (depth === 0) outer += char
    if (char === '(') depth++
  }
  return outer
}
