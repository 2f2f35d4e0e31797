import t from 'tap'
import { chart } from '../../scripts/bench/chart.ts'
import { readOptions } from '../../scripts/bench/options.ts'
import { figures, median, ratiosOf, subjects, type Subject } from '../../scripts/bench/ratios.ts'
import { report } from '../../scripts/bench/report.ts'

t.test(
  'the result of a subject is the median of its ratios to its limit, with their spread',
  async (t) => {
    const rates = new Map<Subject, number[]>([
      ['details', [16, 48, 32]],
      ['bare details', [128, 128, 128]]
    ])
    const [figure, ...others] = figures(ratiosOf('attached'), rates)
    t.match(figure, { subject: 'details', limit: 'bare details', median: 0.25, spread: 0.5 })
    t.same(others, [], 'what has not been measured has no ratio')
    t.equal(median([4, 1, 3, 2]), 2.5)
  }
)

t.test('a ratio that scatters is no result, and says so', async (t) => {
  const [ratio] = ratiosOf('attached')
  const of = (value: number, spread: number) => ({ ...ratio!, median: value, spread })
  const said = (value: number, spread: number) => report([], [of(value, spread)], 100, [])
  t.match(said(0.5, 0.01), /0\.50 .*goal met/)
  t.match(said(0.35, 0.01), /0\.35 .* met/)
  t.match(said(0.1, 0.01), /under the bar/)
  t.match(said(0.5, 0.2), /not quiet/)
  t.match(said(0.5, 0.01), /highest memory: 100 MB \(goal met\)/)
  t.match(report([], [], 250, []), /250 MB \(met, goal 200\)/)
  t.match(report([], [], 301, []), /301 MB \(over the bar of 300\)/)
})

t.test('everything that is measured is a subject or a limit of some ratio', async (t) => {
  const held = ratiosOf('elsewhere').flatMap(({ subject, limit }) => [subject, limit])
  t.same(
    subjects.filter((name) => !held.includes(name)),
    []
  )
})

t.test('the chart shows each ratio, and none beyond its edge', async (t) => {
  const [ratio] = ratiosOf('attached')
  const svg = chart([{ ...ratio!, name: 'a < b', median: 3.5, spread: 0 }], 'title')
  t.match(svg, /a &lt; b/)
  t.match(svg, />3\.50</)
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width))
  t.equal(new Set(widths).size, 1)
})

t.test('an option that is wrong is named', async (t) => {
  t.equal(readOptions(['--help']), 'help')
  t.match(readOptions([]), { rounds: 5, seconds: 3, products: 1000, orders: 10_000, only: [] })
  t.match(readOptions(['--only', 'details,mix']), { only: ['details', 'mix'] })
  t.throws(() => readOptions(['--rounds', '0']), /--rounds/)
  t.throws(() => readOptions(['--replicas', 'none']), /attached or elsewhere, not none/)
  t.throws(() => readOptions(['--round', '1']), /--round/)
})
