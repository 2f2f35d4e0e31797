/** Bounds of what is printed: of a log that is cut off only the end can be read. */
const most = { failures: 40, linesEach: 25, lines: 200, width: 300 }

/**
 * Every failed assertion of tap's report: in which tests it lies, at which line, what was expected and what was found. When
 * there are too many, the last of them are only named.
 */
export function failures(report: string): string {
  let left = most.lines
  const told = failuresIn(report).map(({ names, diagnostics }, at) => {
    const { place, details } = describe(diagnostics)
    const title = shorten(`not ok ${names.join(' > ')}${place && ` (${place})`}`)
    const lines = at < most.failures ? [title, ...bound(details)] : [title]
    // The rest of the lines names further failures.
    const shown = lines.length <= left - most.failures ? lines : [title]
    left -= shown.length
    return left >= 0 ? shown.join('\n') : undefined
  })
  const shown = told.filter((one) => one !== undefined)
  const unnamed = told.length - shown.length
  return [...shown, ...(unnamed > 0 ? [`and ${unnamed} more`] : [])].join('\n')
}

type Failure = {
  /** The file, the tests and the assertion. */
  names: string[]
  /** The lines of YAML that tap tells of it. */
  diagnostics: string[]
}

/** A test that has failed because of an assertion in it is left out: the assertion says more. */
function failuresIn(report: string): Failure[] {
  const found: Failure[] = []
  /** The test that is open at each depth, and how many failures were found before it. */
  const open: { name: string; before: number }[] = []
  const lines = report.split('\n')
  for (const [at, line] of lines.entries()) {
    const begun = /^( *)# Subtest: (.*)/.exec(line)
    if (begun) open.splice(depthOf(begun[1]!), Infinity, { name: begun[2]!, before: found.length })
    const ended = /^( *)(not )?ok \d+(?: - (.*))?/.exec(line)
    if (!ended) continue
    const [, indent = '', not, title = ''] = ended
    const depth = depthOf(indent)
    const before = open[depth]?.before ?? found.length
    open.length = Math.min(open.length, depth)
    if (!not || / # (TODO|SKIP)/i.test(title) || found.length > before) continue
    const names = [...open.map(({ name }) => name), title.replace(/ # time=[\d.]+ms$/, '')]
    found.push({
      names: names.map((name) => name.replaceAll('\\#', '#')),
      diagnostics: diagnosticsAfter(lines, at, indent)
    })
  }
  return found
}

const depthOf = (indent = '') => indent.length / 4

/** Between `---` and `...`, two columns to the right of the result. */
function diagnosticsAfter(lines: string[], at: number, indent: string): string[] {
  if (lines[at + 1] !== `${indent}  ---`) return []
  const end = lines.indexOf(`${indent}  ...`, at)
  return lines.slice(at + 2, end < 0 ? undefined : end).map((line) => line.slice(indent.length + 2))
}

/** What says nothing of a failure: how tap has started a file, and the source, which the place leads to. */
const noise = new Set(
  'at,source,compare,test,stdio,cwd,externalID,command,args,jobId,tapCaught,expired'.split(',')
)

function describe(diagnostics: string[]): { place: string; details: string[] } {
  const parts = partsOf(diagnostics)
  const place = parts.find(({ key }) => key === 'at')?.lines.join('\n') ?? ''
  const at = (name: string) => new RegExp(`^ +${name}: (.+)`, 'm').exec(place)?.[1]
  const details = parts
    .filter(({ key }) => !noise.has(key))
    .toSorted((one, other) => rank(one) - rank(other))
    .flatMap(({ key, lines }) => (key === 'diff' ? lines.slice(1) : lines))
  return { place: place && `${at('fileName')}:${at('lineNumber')}`, details }
}

/** The difference says most, and the stack least. */
const rank = ({ key }: Part) => (key === 'diff' ? 0 : key === 'stack' ? 2 : 1)

type Part = { key: string; lines: string[] }

function partsOf(diagnostics: string[]): Part[] {
  const parts: Part[] = []
  for (const line of diagnostics) {
    const key = /^([^\s:-][^:]*):/.exec(line)?.[1]
    if (key === undefined) parts.at(-1)?.lines.push(line)
    else parts.push({ key, lines: [line] })
  }
  return parts
}

function bound(details: string[]): string[] {
  const shown = details.slice(0, most.linesEach)
  const rest = details.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${rest} more lines`] : [])].map(
    (line) => `    ${shorten(line)}`
  )
}

const shorten = (line: string) =>
  line.length > most.width ? `${line.slice(0, most.width)} …` : line
