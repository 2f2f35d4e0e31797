import { createServer } from 'node:net'
import { once } from 'node:events'
import path from 'node:path'
import t, { type Test } from 'tap'
import { checkPort, choosePort, isFree, keepPorts } from '../../scripts/stack/supervisor/ports.ts'

t.test('choosePort returns a free port below those of outgoing connections', async (t) => {
  const port = await choosePort()
  t.ok(port >= 1024 && port < 32_768)
  t.ok(await isFree(port))
})

t.test(
  'keepPorts keeps the ports of the first start, and replaces only those that another process took',
  async (t) => {
    const file = path.join(t.testdir(), 'ports.json')
    const first = await keepPorts(file, ['primary', 'redis'])
    t.same(await keepPorts(file, ['primary', 'redis']), first)
    await occupy(t, first.redis)
    const second = await keepPorts(file, ['primary', 'redis'])
    t.equal(second.primary, first.primary)
    t.not(second.redis, first.redis)
  }
)

t.test('checkPort names the variable to change when a port is in use', async (t) => {
  const port = await choosePort()
  await t.resolves(checkPort(port, 'HOLDFAST_PORT'))
  await occupy(t, port)
  await t.rejects(checkPort(port, 'HOLDFAST_PORT'), {
    message: `port ${port} is in use: set HOLDFAST_PORT to another`
  })
})

async function occupy(t: Test, port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
}
