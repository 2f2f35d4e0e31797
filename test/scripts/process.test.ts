import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { writeJson } from '../../scripts/stack/supervisor/files.ts'
import { identify, isAlive, type Identity } from '../../scripts/stack/supervisor/identity.ts'
import { superviseProcess } from '../../scripts/stack/supervisor/supervised-process.ts'
import { lockFolder } from '../../scripts/stack/supervisor/lock.ts'
import { start, type Launch } from '../../scripts/stack/supervisor/process.ts'
import { reap } from '../../scripts/stack/supervisor/reap.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'

const sleeper: Launch = { words: ['sleep', '1000'], stop: 'SIGTERM' }

t.test(
  'a supervised process is restarted when it dies, and leaves nothing when it is stopped',
  async (t) => {
    const run = t.testdir()
    const told: string[] = []
    const server = superviseProcess(run, 'sleeper', sleeper, (what) => told.push(what))
    t.teardown(() => server.stop())
    const first = server.pid!
    process.kill(first, 'SIGKILL')
    await until('another pid', () => server.pid !== first && identify(server.pid!))
    t.same(told, ['sleeper ended (SIGKILL), starting it again', ''])
    const second = server.pid!
    await server.stop()
    t.equal(identify(second), undefined)
    t.notOk(existsSync(path.join(run, 'sleeper.pid')))
  }
)

t.test('a supervised process that was stopped by SIGSTOP can be ended', async (t) => {
  const server = superviseProcess(t.testdir(), 'sleeper', sleeper, () => {})
  process.kill(server.pid!, 'SIGSTOP')
  const began = performance.now()
  await server.stop()
  t.ok(performance.now() - began < 5_000)
})

t.test('a process that dies at once fails to start, with the last line of its log', async (t) => {
  const run = t.testdir()
  const words = ['sh', '-c', 'echo no such table; exit 3']
  const server = superviseProcess(run, 'short', { words, stop: 'SIGTERM' }, () => {})
  t.teardown(() => server.stop())
  await t.rejects(
    server.ready(async () => {
      throw new Error('silent')
    }),
    { message: `short does not start: no such table (${path.join(run, 'short.log')})` }
  )
})

t.test(
  'connections that PostgreSQL refused are not reported as the reason of its end',
  async (t) => {
    const run = t.testdir()
    const log = [
      'FATAL:  recovery ended before configured recovery target was reached',
      'FATAL:  the database system is in recovery mode'
    ]
    const words = ['printf', '%s\\n', ...log]
    const server = superviseProcess(run, 'short', { words, stop: 'SIGTERM' }, () => {})
    t.teardown(() => server.stop())
    await t.rejects(
      server.ready(() => Promise.reject(new Error('silent')), { deaths: 1 }),
      { message: `short does not start: ${log[0]} (${path.join(run, 'short.log')})` }
    )
  }
)

t.test('a killed server takes along what it had started', async (t) => {
  const run = t.testdir()
  const words = ['sh', '-c', 'sleep 1000 & echo $!; wait']
  const server = start(run, 'parent', { words, stop: 'SIGTERM' })
  const child = await until('the child', () =>
    Number(readFileSync(path.join(run, 'parent.log'), 'utf8'))
  )
  process.kill(server.pid!, 'SIGKILL')
  await server.exited
  await until('the end of the child', () => identify(child) === undefined)
})

t.test('reap stops the processes that an earlier run left, and no others', async (t) => {
  const run = t.testdir()
  const left = start(run, 'left', sleeper)
  const record = path.join(run, 'stranger.pid')
  const us = identify(process.pid)!
  // The pid of a server that ended long ago now belongs to another process: this one.
  writeJson(record, { ...us, started: '1', stop: 'SIGKILL', group: false })
  const said: string[] = []
  await reap(run, (line) => said.push(line))
  await left.exited
  t.equal(identify(left.pid!), undefined)
  t.notOk(existsSync(record))
  t.same(said, [`stopping left (${left.pid}), left by an earlier run`])
})

t.test('a data folder has one supervisor; one that has ended does not count', async (t) => {
  const folder = path.join(t.testdir(), 'data')
  const file = path.join(folder, 'supervisor.json')
  const release = lockFolder(folder)
  t.throws(() => lockFolder(folder), { message: /is in use by process \d+: stop that one/ })
  release()
  t.notOk(existsSync(file))

  const ended: Identity = { ...identify(process.pid)!, boot: 'an earlier one' }
  writeJson(file, ended)
  t.notOk(isAlive(ended))
  lockFolder(folder)()
})
