import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { rotate } from '../../scripts/stack/supervisor/log-rotation.ts'

t.test('a large log is copied and emptied while its server writes to it', async (t) => {
  const run = t.testdir({ 'small.log': 'short', 'stack.json': 'x'.repeat(100) })
  const file = path.join(run, 'node1.log')
  const log = openSync(file, 'a')
  t.teardown(() => closeSync(log))
  const read = (name: string) => readFileSync(path.join(run, name), 'utf8')

  for (const round of ['first', 'second']) {
    writeSync(log, `${round} `.repeat(20))
    rotate(run, 50)
    t.match(read('node1.log.1'), new RegExp(`^(${round} ){20}$`), 'one copy, the newest')
    writeSync(log, 'on')
    t.equal(read('node1.log'), 'on', 'from the beginning, not behind a hole')
    rotate(run, 1)
  }
  t.equal(read('stack.json').length, 100, 'logs only')
  t.equal(read('small.log').length, 0)
})
