import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { faults } from '../../scripts/prove/faults.ts'
import { schedule } from '../../scripts/prove/schedule.ts'
import { root } from '../../scripts/stack/settings.ts'

t.test('the same seed gives the same schedule of faults, another seed another', async (t) => {
  t.same(schedule(faults, 60, 1), schedule(faults, 60, 1))
  t.notSame(schedule(faults, 60, 1), schedule(faults, 60, 2))
})

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
