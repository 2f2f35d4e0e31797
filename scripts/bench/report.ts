import type { MixFigure } from './mix.ts'
import { median, quiet_spread, type Figure, type Subject } from './ratios.ts'
import type { Sample } from './rounds.ts'

const most_memory_mb = { must: 300, goal: 200 }

const memoryVerdict = (mb: number, { must, goal } = most_memory_mb) =>
  mb > must ? `over the bar of ${must}` : mb > goal ? `met, goal ${goal}` : 'goal met'

/** What is printed of a run: each subject's rate and cost, and what it is held against. */
export function report(
  samples: Sample[],
  ratios: Figure[],
  memory_mb: number,
  mix: MixFigure[]
): string {
  return [
    table(
      ['', 'a second', 'p99 ms', 'us of processor time an operation'],
      costs(samples).map(({ subject, rate, p99_ms, us }) => [
        subject,
        whole(rate),
        p99_ms === undefined ? '' : p99_ms.toFixed(1),
        Object.entries(us)
          .filter(([, value]) => value >= 0.5)
          .map(([group, value]) => `${group} ${value.toFixed(0)}`)
          .join(', ')
      ])
    ),
    table(
      ['', 'median', 'spread', 'must', 'goal', ''],
      ratios.map(({ name, median: middle, spread, must, goal }) => [
        name,
        middle.toFixed(2),
        `±${(spread * 100).toFixed(0)} %`,
        must?.toFixed(2) ?? '',
        goal?.toFixed(2) ?? '',
        spread > quiet_spread ? 'not quiet' : verdict(middle, must, goal)
      ])
    ),
    ...(mix.length > 0 ? [mixTable(mix)] : []),
    `the node's highest memory: ${memory_mb.toFixed(0)} MB (${memoryVerdict(memory_mb)})`
  ].join('\n\n')
}

const mixTable = (mix: MixFigure[]) =>
  table(
    ["the requirements' mix", 'requests', 'p50 ms', 'p99 ms', 'must', ''],
    mix.map(({ kind, requests, p50_ms, p99_ms, must_ms }) => [
      kind,
      whole(requests),
      p50_ms.toFixed(1),
      p99_ms.toFixed(1),
      `${must_ms}`,
      p99_ms > must_ms ? 'over the bar' : p99_ms > must_ms / 2 ? 'met' : 'goal met'
    ])
  )

export type Cost = {
  subject: Subject
  rate: number
  p99_ms: number | undefined
  us: Record<string, number>
}

/** The medians of the rounds. */
export function costs(samples: Sample[]): Cost[] {
  return [...Map.groupBy(samples, ({ subject }) => subject)].map(([subject, of]) => {
    const latencies = of.flatMap(({ p99 }) => p99 ?? [])
    const groups = new Set(of.flatMap(({ spent }) => Object.keys(spent)))
    return {
      subject,
      rate: median(of.map(({ operations, seconds }) => operations / seconds)),
      p99_ms: latencies.length > 0 ? median(latencies) / 1000 : undefined,
      us: Object.fromEntries(
        [...groups].map((group) => [
          group,
          median(of.map(({ spent, operations }) => ((spent[group] ?? 0) * 1000) / operations))
        ])
      )
    }
  })
}

function verdict(value: number, must?: number, goal?: number): string {
  if (must === undefined || goal === undefined) return ''
  if (value < must) return 'under the bar'
  return value < goal ? 'met' : 'goal met'
}

const whole = (value: number) => Math.round(value).toLocaleString('en-US')

function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]!.length)))
  const line = (row: string[]) =>
    row
      .map((cell, at) =>
        at === 0 || at === row.length - 1 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)
      )
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}
