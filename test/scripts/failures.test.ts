import { spawnSync } from 'node:child_process'
import path from 'node:path'
import t from 'tap'
import { failures } from '../../scripts/test/failures.ts'

// What the runner prints of a failure: a log of CI may show no more than that.

const folder = t.testdir({
  'some.mjs': `
    import t from 'tap'
    t.test('a shop sells all', async (t) => {
      t.ok(true, 'it opens')
      t.same({ sold: 999 }, { sold: 1000 }, 'sold')
      await t.test('item #1 is sold', async () => {
        throw new Error('no such item')
      })
      for (const n of [1, 2, 3]) t.ok(false, 'an outcome', { 'again by': 'SEED=7' })
    })`,
  'many.mjs': `
    import t from 'tap'
    for (let n = 0; n < 150; n++) t.same(Array.from({ length: 100 }, (_, at) => at), [], 'list ' + n)`
})

/** The report of a file, as it is in that of tap's run. */
function report(file: string): string {
  const { stdout } = spawnSync(process.execPath, [path.join(folder, file)], { encoding: 'utf8' })
  const lines = stdout.split('\n').slice(1)
  return [`# Subtest: ${file}`, ...lines.map((line) => `    ${line}`), `not ok 1 - ${file}`].join(
    '\n'
  )
}

t.test(
  'the runner tells of each failed assertion where it stands, what it wants and what it got',
  async (t) => {
    const told = failures(report('some.mjs'))
    const titles = told.split('\n').filter((line) => line.startsWith('not ok'))
    t.equal(titles.length, 3, told)
    t.match(titles[0], /^not ok some\.mjs > a shop sells all > sold \(.*some\.mjs:5\)$/)
    t.match(told, /-\s+"sold": 1000,\n.*\+\s+"sold": 999,/)
    t.match(titles[1], /> a shop sells all > item #1 is sold > no such item \(.*some\.mjs:7\)$/)
    t.match(titles[2], /> an outcome \(.*some\.mjs:9\), 3 times$/)
    t.match(told, 'again by: SEED=7')
    t.notMatch(told, 'source:')
  }
)

t.test('the runner tells no more of the failures than fits into the end of a log', async (t) => {
  const lines = failures(report('many.mjs')).split('\n')
  t.ok(lines.length <= 201, `${lines.length} lines`)
  t.match(lines, [/list 0/, / {4}/])
  t.match(lines.at(-1), /^and \d+ more$/)
  const named = lines.filter((line) => line.startsWith('not ok'))
  t.equal(named.length + Number(/\d+/.exec(lines.at(-1)!)), 150)
})

t.test('the runner tells of a file that ends before its tests how it ended', async (t) => {
  t.same(
    failures(
      [
        '# Subtest: a.test.ts',
        '    ok 1 - x',
        '    1..1',
        'not ok 1 - a.test.ts # time=9.5ms',
        '  ---',
        '  command: node',
        '  exitCode: 3',
        '  ...',
        'ok 2 - b.test.ts # time=1ms'
      ].join('\n')
    ),
    'not ok a.test.ts\n    exitCode: 3'
  )
})
