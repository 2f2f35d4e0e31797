/** Bounds of what is printed: of a log that is cut off only the end can be read. */
const most = { linesEach: 25, lines: 200, titles: 40, width: 300 }

/**
 * Every failed assertion of tap's report: in which tests it lies, at which line, what was expected and what was found. Failures
 * that are alike are told once. When there are too many, the last of them are only named.
 */
export function failures(report: string): string {
  const alike = new Map<string, { title: string; lines: string[]; times: number }>()
  for (const { names, diagnostics } of failuresIn(report)) {
    const { place, details } = describe(diagnostics)
    const title = shorten(`not ok ${names.join(' > ')}${place && ` (${place})`}`)
    const lines = bound(details)
    const key = [title, ...lines].join('\n')
    const known = alike.get(key)
    if (known) known.times++
    else alike.set(key, { title, lines, times: 1 })
  }
  return shownOf([...alike.values()]).join('\n')
}

function shownOf(told: { title: string; lines: string[]; times: number }[]): string[] {
  const shown: string[] = []
  let unnamed = 0
  for (const { title, lines, times } of told) {
    const left = most.lines - shown.length
    // The rest of the lines names further failures.
    if (lines.length < left - most.titles) shown.push(`${title}${counted(times)}`, ...lines)
    else if (left > 0) shown.push(`${title}${counted(times)}`)
    else unnamed += times
  }
  return unnamed > 0 ? [...shown, `and ${unnamed} more`] : shown
}

const counted = (times: number) => (times > 1 ? `, ${times} times` : '')

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
