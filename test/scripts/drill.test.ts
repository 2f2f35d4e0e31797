import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { failuresOf, report, type Outcome } from '../../scripts/drill/report.ts'
import { root } from '../../scripts/stack/settings.ts'

const good: Outcome = {
  rto_seconds: 72.34,
  rpo_seconds: 40,
  lost: ['a'],
  returned: 1,
  invariants: [
    { name: 'totals-add-up', violations: 0, meaning: '', witnesses: [], checked: true },
    { name: 'gate', violations: 0, meaning: '', witnesses: [], checked: true }
  ]
}

t.test('the report of a drill says what held and what did not', async (t) => {
  t.same(failuresOf(good), [])
  t.match(report(good), /RTO +00:01:12\.3 .+\nRPO +00:00:40\.0 /)
  const said = (outcome: Partial<Outcome>) => failuresOf({ ...good, ...outcome })
  t.same(said({ rto_seconds: 4 * 3600 + 1 }), ['it took longer than 4 h'])
  t.same(said({ rpo_seconds: 24 * 3600 + 1 }), ['more than 24 h were lost'])
  t.same(said({ returned: 0 }), ['1 orders lost, 0 given back'])
  const [first, second] = good.invariants as [Outcome['invariants'][0], Outcome['invariants'][0]]
  t.match(said({ invariants: [{ ...first, violations: 2 }, second] }), [/^totals-add-up: 2/])
  const unchecked = { ...second, checked: false, reason: 'silence' }
  t.same(said({ invariants: [first, unchecked] }), ['gate was not checked: silence'])
  t.match(report({ ...good, returned: 0 }), /NOT RESTORED[^]+ ✗ 1 orders lost/)
})

t.test('npm run drill names an option that is wrong', async (t) => {
  t.match(await drill(t, '--seconds', '0'), { code: 2, out: /--seconds is a whole number/ })
})

/** Runs the program to its end. */
async function drill(t: Test, ...options: string[]) {
  const words = [path.join(root, 'scripts/drill.ts'), ...options]
  const run = promisify(execFile)(process.execPath, words)
  t.teardown(() => run.child.kill('SIGTERM'))
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      out: stdout + stderr
    })
  )
}
