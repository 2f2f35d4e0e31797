import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { faults } from '../../scripts/prove/faults.ts'
import { root } from '../../scripts/stack/settings.ts'

// `npm run prove`, for half a minute. Its schedule and its options are tested in test/scripts/prove.test.ts.
t.setTimeout(200_000)
t.test('the proof finds no violation while every kind of fault happens', async (t) => {
  const words = ['--seconds', '30', '--seed', '1', '--buyers', '10']
  const run = promisify(execFile)(process.execPath, [path.join(root, 'scripts/prove.ts'), ...words])
  t.teardown(() => run.child.kill('SIGTERM'))
  const { stdout } = await run.catch(({ stdout: out, stderr }) => {
    throw new Error(`${out}\n${stderr}`)
  })
  t.match(stdout, /\nviolations {2}0\n/)
  for (const { kind } of faults)
    t.match(stdout, new RegExp(`\\n {2}${kind} +[1-9]`), `${kind} was exercised`)
})
