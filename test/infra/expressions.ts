import { readFileSync } from 'node:fs'

// What rules and dashboards ask for, and what a node shows.

export type Selector = { name: string; equals: [label: string, value: string][]; labels: string[] }
export type Sample = Record<string, string>

export const read = (file: string) =>
  readFileSync(new URL(`../../infra/${file}`, import.meta.url), 'utf8')

/** The metrics of an expression in PromQL, each with the labels it is picked by. */
export function selectorsOf(expr: string): Selector[] {
  const found = expr.matchAll(/\b((?:holdfast|nodejs|process)[_:][\w:]+)(?:\{([^}]*)\})?/g)
  return [...found].map(([, name = '', matchers = '']) => {
    const parts = [...matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)]
    return {
      name,
      labels: parts.map(([, label = '']) => label),
      equals: parts
        .filter(([, , how, value]) => how === '=' && !value?.includes('$'))
        .map(([, label = '', , value = '']) => [label, value])
    }
  })
}

/** Rules of a file: recorded names or alerts, with their expressions and all that belongs to them. */
export function rulesOf(text: string) {
  return text
    .split(/\n\s+- (?=alert:|record:)/)
    .slice(1)
    .map((rule) => ({
      name: /^(?:alert|record): (\S+)/.exec(rule)![1]!,
      expr: /expr:\s*(?:>-)?\s*([\s\S]*?)(?=\n\s+(?:for|labels|annotations):|\n\n|$)/.exec(
        rule
      )![1]!,
      severity: /severity: (\w+)/.exec(rule)?.[1],
      summary: /summary: (.+)/.exec(rule)?.[1],
      runbook: /runbook: (\S+)/.exec(rule)?.[1]
    }))
}

/** The samples of a scrape, by metric: their labels. */
export function samplesOf(text: string): Map<string, Sample[]> {
  const samples = new Map<string, Sample[]>()
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (name === undefined) continue
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
    const sample = Object.fromEntries(pairs.map(([, label, value]) => [label, value]))
    samples.set(name, [...(samples.get(name) ?? []), sample])
  }
  return samples
}

/** What Prometheus itself adds. */
const added = new Set(['job', 'instance'])

/** What is wrong with a selector, if anything: there is no such metric, label, or value. */
export function wrongWith({ name, labels, equals }: Selector, live: Map<string, Sample[]>) {
  const samples = live.get(name)
  if (!samples) return `${name} is not shown by a node`
  const label = labels.find((one) => !added.has(one) && samples.every((sample) => !(one in sample)))
  if (label) return `${name} has no label ${label}`
  const pair = equals.find(
    ([one, value]) => !added.has(one) && !samples.some((sample) => sample[one] === value)
  )
  return pair && `${name} has no ${pair.join('=')}`
}
