import t from 'tap'
import { environment, spawnNode, until } from '../support/build.ts'

// server.ts: one node as a process.

const home = await environment(t)
const noRedis = { REDIS_URL: 'redis://127.0.0.1:1' }

/** A node whose process throws, or rejects, when it gets SIGUSR2. */
const failing = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,process.on('SIGUSR2',()=>{${code}})`
})

t.test('a node without Redis exits with 0 after SIGTERM', async (t) => {
  const { child, kill, log } = await spawnNode(t, home, noRedis)
  await kill('SIGTERM')
  t.equal(child.exitCode, 0, log())
  t.match(log(), /"signal":"SIGTERM","msg":"closing"/)
})

t.test('a node exits with 1 at once after a second signal', async (t) => {
  const { url, child, kill, log } = await spawnNode(t, home, { DRAIN_SECONDS: '20' })
  const exited = kill('SIGINT')
  await until('the drain', async () => (await fetch(`${url}/health/ready`)).status === 503)
  child.kill('SIGINT')
  await exited
  t.equal(child.exitCode, 1)
  t.match(log(), 'exiting before closing has ended')
})

for (const [what, code] of [
  ['an uncaught error', "throw(new(Error)('lost'))"],
  ['an unhandled rejection', "Promise.reject(new(Error)('lost'))"]
] as const)
  t.test(`a node logs ${what}, closes and exits with 1`, async (t) => {
    const { child, kill, log } = await spawnNode(t, home, failing(code))
    await kill('SIGUSR2')
    t.equal(child.exitCode, 1, log())
    t.match(
      log(),
      /"err":{"type":"Error","message":"lost".*"msg":"closing after an uncaught error"/
    )
  })

t.test('a node whose primary is unreachable names PRIMARY_URL and exits with 1', async (t) => {
  const PRIMARY_URL = 'postgres://app:hunter2@127.0.0.1:1/shop'
  const started = spawnNode(t, home, { PRIMARY_URL })
  const err = await started.then(
    () => new Error('it has started'),
    (reason: unknown) => reason as Error
  )
  t.match(err.message, 'the node ended with 1')
  t.match(err.message, 'holdfast: PRIMARY_URL: the primary cannot be used')
  t.notMatch(err.message, /hunter2|\.ts:/)
})

t.test('a node says in one line which variables are missing', async (t) => {
  const err = await spawnNode(t, home, { PRIMARY_URL: '', PORT: 'x' }).catch(
    (reason: unknown) => reason as Error
  )
  const line = /holdfast: environment variables: PRIMARY_URL is required; PORT must be integer\n$/
  t.match((err as Error).message, line)
  t.notMatch((err as Error).message, /\.ts:/)
})

t.test('a node says in one line what the operator has to mend', async (t) => {
  const { url } = await spawnNode(t, home)
  const wrong: [Record<string, string>, RegExp][] = [
    [{ EVENT_SINKS: 'foo' }, /EVENT_SINKS names the sink foo/],
    [{ PAYMENT_PROVIDER: 'foo' }, /PAYMENT_PROVIDER must be one of/],
    [{ PRIMARY_URL: 'foo' }, /PRIMARY_URL must be a URL such as/],
    [{ PORT: new URL(url).port }, /EADDRINUSE/]
  ]
  for (const [env, text] of wrong) {
    const err = await spawnNode(t, home, env).catch((reason: unknown) => reason as Error)
    t.match((err as Error).message, text)
    t.notMatch((err as Error).message, /\n +at /)
  }
})
