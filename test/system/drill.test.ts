import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../../scripts/stack/settings.ts'
import { isLong } from './flows.ts'

// `npm run drill`. It takes minutes; test/system/recovery.test.ts restores a backup in every run.
t.setTimeout(200_000)
t.test(
  'a system that loses its disk while it sells is restored from its backup',
  { skip: !isLong && 'npm run test:long' },
  async (t) => {
    const words = ['--seconds', '1', '--buyers', '6', '--orders', '200']
    const run = promisify(execFile)(process.execPath, [
      path.join(root, 'scripts/drill.ts'),
      ...words
    ])
    t.teardown(() => run.child.kill('SIGTERM'))
    const { stdout } = await run.catch(({ stdout: out, stderr }) => {
      throw new Error(`${out}\n${stderr}`)
    })
    t.match(stdout, /restored, and everything held\n/)
  }
)
