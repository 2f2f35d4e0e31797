import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { rotate } from '../../scripts/stack/supervisor/log-rotation.ts'

t.test(
  'a large log is copied and emptied while its server writes to it, and five copies are kept',
  async (t) => {
    const run = t.testdir({ 'small.log': 'short', 'stack.json': 'x'.repeat(100) })
    const file = path.join(run, 'node1.log')
    const log = openSync(file, 'a')
    t.teardown(() => closeSync(log))
    const read = (name: string) => readFileSync(path.join(run, name), 'utf8')

    for (let round = 1; round <= 7; round++) {
      writeSync(log, `${round} `.repeat(20))
      rotate(run, 30)
      t.equal(read('node1.log.1'), `${round} `.repeat(20), 'the newest copy')
      writeSync(log, 'on')
      t.equal(read('node1.log'), 'on', 'from the beginning, not behind a hole')
      truncateSync(path.join(run, 'node1.log'))
    }
    t.equal(read('node1.log.5'), '3 '.repeat(20), 'five copies are kept, each round one')
    t.notOk(existsSync(path.join(run, 'node1.log.6')))
    t.equal(read('stack.json').length, 100, 'logs only')
    t.equal(read('small.log'), 'short', 'large ones only')
  }
)
