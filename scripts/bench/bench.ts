import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { Pool } from 'pg'
import { postgresConnection } from '../../plugins/lib/postgres-connection.ts'
import { chart } from './chart.ts'
import { runMix, type MixFigure } from './mix.ts'
import type { Options } from './options.ts'
import { prepare } from './prepare.ts'
import { highestMemory } from './processor-time.ts'
import { figures, ratiosOf, subjects, type Subject } from './ratios.ts'
import { costs, report } from './report.ts'
import { measure, type Sample, type Tools } from './rounds.ts'
import type { Bench } from './system.ts'

/** A first time of each subject is not counted: plans are made, code is compiled, the cache is filled. */
const warm_seconds = 2
const mix_seconds = 20

/** Measures in rounds, prints the medians and checks the invariants. @returns the exit code */
export async function bench(system: Bench, options: Options): Promise<number> {
  const { node, databases } = system
  const db = new Pool({ ...postgresConnection(databases.primary.admin_url), max: 2 })
  try {
    const tools = { bench: system, db, asked: await prepare(db, node.url), options }
    const samples = await rounds(tools)
    const rates = ratesOf(samples)
    const ratios = figures(ratiosOf(options.replicas), rates)
    const memory_mb = highestMemory(node.pid!)
    const mix = await mixOf(tools)
    console.log(`\n${report(samples, ratios, memory_mb, mix)}\n`)
    if (options.svg)
      writeFileSync(options.svg, chart(ratios, 'Holdfast beside the limits of its machine'))
    if (options.json) {
      const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version }
      const all = { options, machine, memory_mb, ratios, mix, costs: costs(samples), samples }
      writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`)
    }
    return await invariantsHold(system)
  } finally {
    await db.end()
  }
}

/** The mix of the requirements, unless other things are asked for. */
async function mixOf({ bench: { node }, asked, options }: Tools): Promise<MixFigure[]> {
  if (options.only.length > 0 && !options.only.some((word) => 'mix'.includes(word))) return []
  console.log(`the requirements' mix, ${mix_seconds} s`)
  return runMix(node.url, asked, mix_seconds)
}

async function rounds(tools: Tools): Promise<Sample[]> {
  const { rounds: count, only } = tools.options
  const wanted = only.length > 0 ? withLimits(tools.options) : subjects
  const warm = { ...tools, options: { ...tools.options, seconds: warm_seconds } }
  for (const subject of wanted) await measure(warm, subject, 0)
  const samples: Sample[] = []
  for (let round = 1; round <= count; round++) {
    console.log(`round ${round} of ${count}`)
    for (const subject of wanted) samples.push(await measure(tools, subject, round))
  }
  return samples
}

/** The subjects that `--only` names, and what they are held against. */
function withLimits({ only, replicas }: Options): Subject[] {
  const named = subjects.filter((name) => only.some((word) => name.includes(word)))
  if (named.length === 0 && !only.some((word) => 'mix'.includes(word)))
    throw new Error(`--only names nothing that is measured: ${subjects.join(', ')}`)
  const limits = ratiosOf(replicas).filter(({ subject }) => named.includes(subject))
  return subjects.filter(
    (name) => named.includes(name) || limits.some(({ limit }) => limit === name)
  )
}

function ratesOf(samples: Sample[]): Map<Subject, number[]> {
  const bySubject = Map.groupBy(samples, ({ subject }) => subject)
  return new Map(
    [...bySubject].map(([subject, of]) => [
      subject,
      of.map(({ operations, seconds }) => operations / seconds)
    ])
  )
}

async function invariantsHold({ node, admin_key }: Bench): Promise<number> {
  const answer = await fetch(`${node.url}/api/v1/admin/invariants?deep=true`, {
    headers: { authorization: `Bearer ${admin_key}` }
  })
  const { invariants } = (await answer.json()) as { invariants: { name: string; holds: boolean }[] }
  const broken = invariants.filter(({ holds }) => !holds)
  for (const { name } of broken) console.error(`the invariant ${name} does not hold`)
  if (broken.length === 0) console.log(`all ${invariants.length} invariants hold`)
  return broken.length === 0 ? 0 : 1
}
