import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { faults } from '../../scripts/prove/faults.ts'
import { schedule } from '../../scripts/prove/schedule.ts'
import { root } from '../../scripts/stack/settings.ts'

t.setTimeout(200_000)

t.test(
  'the same seed gives the same schedule of faults, and another seed another one',
  async (t) => {
    t.same(schedule(faults, 60, 1), schedule(faults, 60, 1))
    t.notSame(schedule(faults, 60, 1), schedule(faults, 60, 2))
  }
)

t.test('a proof of two minutes causes every kind of fault at least five times', async (t) => {
  const kinds = Map.groupBy(schedule(faults, 120, 1), ({ fault }) => fault.kind)
  t.equal(kinds.size, faults.length)
  for (const [kind, all] of kinds) t.ok(all.length >= 5, kind)
})

t.test('npm run prove names an option that is wrong', async (t) => {
  t.match(await prove(t, '--seconds', '0'), {
    code: 2,
    stderr: /^holdfast: --seconds is a whole number/
  })
  t.match(await prove(t, '--faults', 'fire'), { code: 2, stderr: /there is no fire/ })
  t.match(await prove(t, '--stack', '/nowhere'), {
    code: 2,
    stderr: /\/nowhere is not the stack.json/
  })
  t.match(await prove(t, '--help'), { code: 0, stdout: /--seconds 60/ })
})

t.test('npm run prove finds no violation under all kinds of faults', async (t) => {
  const { code, stdout, stderr } = await prove(
    t,
    '--seconds',
    '30',
    '--seed',
    '1',
    '--buyers',
    '10'
  )
  t.equal(code, 0, `${stdout}\n${stderr}`)
  t.match(stdout, /\nviolations {2}0\n/)
  for (const { kind } of faults)
    t.match(stdout, new RegExp(`\\n {2}${kind} +[1-9]`), `${kind} was exercised`)
})

/** Runs the program to its end. */
async function prove(t: Test, ...options: string[]) {
  const run = promisify(execFile)(process.execPath, [
    path.join(root, 'scripts/prove.ts'),
    ...options
  ])
  t.teardown(() => run.child.kill('SIGTERM'))
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr
    })
  )
}
