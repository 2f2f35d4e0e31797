import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import t, { type Test } from 'tap'
import { switchByFiles, switchByReload } from '../../scripts/stack/proxy/switches.ts'
import { openUpstreams } from '../../scripts/stack/proxy/upstreams.ts'
import { root } from '../../scripts/stack/settings.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'

t.test(
  'the upstreams leave out failing and held nodes, and tell the proxy of changes only',
  async (t) => {
    const shown: string[][] = []
    const { mark, hold, release, out } = openUpstreams(['a:1', 'b:1', 'c:1'], {
      show: (now) => void shown.push(now),
      settled: async () => {}
    })
    mark('a:1', true)
    t.same(shown, [], 'nothing has changed')
    mark('a:1', false)
    mark('a:1', false)
    t.same(shown, [['a:1']])
    await hold('b:1')
    t.same(shown.at(-1), ['a:1', 'b:1'])
    mark('c:1', false)
    t.same(out(), ['b:1'], 'when all nodes fail, all but the held one are used')
    mark('c:1', true)
    mark('b:1', true)
    t.same(out(), ['a:1', 'b:1'], 'the readiness of a held node does not count')
    release('b:1')
    mark('a:1', true)
    t.same(out(), [])
  }
)

t.test('a file says that a node is out, and a start removes those of an earlier run', async (t) => {
  const folder = t.testdir({ out: { 'node-1-is-out': '' } })
  const files = {
    upstreams: path.join(folder, 'upstreams.conf'),
    out: path.join(folder, 'out.conf')
  }
  const out = path.join(folder, 'out')
  const { show } = switchByFiles(files, out, ['a:1', 'b:1'], 'least_conn')
  t.same(readdirSync(out), [])
  show(['b:1'])
  t.same(readdirSync(out), ['node-1-is-out'])
  show(['a:1'])
  t.same(readdirSync(out), ['node-0-is-out'])
  t.match(readFileSync(files.out, 'utf8'), `if (-f "${out}/node-0-is-out")`)
})

t.test('with many nodes the proxy is reloaded when one is out', (t) => {
  const folder = t.testdir()
  const files = {
    upstreams: path.join(folder, 'upstreams.conf'),
    out: path.join(folder, 'out.conf')
  }
  let reloads = 0
  const proxy = { reload: () => void reloads++, reloaded: async () => {} }
  const nodes = Array.from({ length: 9 }, (_, n) => `a:${n + 1}`)
  const { show } = switchByReload(files, nodes, 'ip_hash', proxy)
  const down = () => readFileSync(files.upstreams, 'utf8').match(/a:\d(?= .* down;)/g) ?? []
  t.same([down(), reloads], [[], 0])
  show(['a:3'])
  t.same([down(), reloads], [['a:3'], 1], 'with ip_hash it keeps its place')
  t.end()
})

t.test('the prober daemon keeps the node file of an external NGINX', async (t) => {
  const folder = t.testdir()
  const file = path.join(folder, 'nodes.conf')
  const reloads = path.join(folder, 'reloads')
  const nodes = await Promise.all([node(t), node(t)])
  const words = [file, nodes.map(({ name }) => name).join(), 'sh', '-c', `echo again >> ${reloads}`]
  const prober = spawn(process.execPath, ['scripts/daemons/prober.ts', ...words], {
    cwd: root,
    stdio: 'ignore'
  })
  t.teardown(() => prober.kill('SIGKILL'))
  const down = () => readFileSync(file, 'utf8').match(/(?<=server )\S+(?= .* down)/g) ?? []

  await until('the file', () => down().length === 0)
  nodes[0]!.say(503)
  await until('the node to be out', () => down()[0] === nodes[0]!.name, 8_000)
  nodes[0]!.say(200)
  await until('the node to be back', () => down().length === 0, 8_000)
  const thrice = 'again\n'.repeat(3)
  await until('a reload at the start and two more', () => readFileSync(reloads, 'utf8') === thrice)
  prober.kill('SIGTERM')
  t.same(await once(prober, 'exit'), [0, null])
})

t.test('the prober daemon without a command makes files that NGINX looks for', async (t) => {
  const folder = t.testdir()
  const failing = await node(t)
  failing.say(503)
  const nodes = [await node(t), failing].map(({ name }) => name).join()
  const words = ['scripts/daemons/prober.ts', folder, nodes]
  const prober = spawn(process.execPath, words, { cwd: root, stdio: 'ignore' })
  t.teardown(() => prober.kill('SIGKILL'))
  const out = () => existsSync(path.join(folder, 'out')) && readdirSync(path.join(folder, 'out'))
  await until('the node to be out', () => String(out()) === 'node-1-is-out', 8_000)
  t.match(readFileSync(path.join(folder, 'upstreams.conf'), 'utf8'), /nodes_01/)
  prober.kill('SIGTERM')
  t.same(await once(prober, 'exit'), [0, null])
  t.same(out(), [], 'without a prober no node stays out')
})

/** A server that answers health checks with the status it was told. */
async function node(t: Test) {
  let status = 200
  const server: Server = createServer((_request, answer) => answer.writeHead(status).end())
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { name: `127.0.0.1:${port}`, say: (next: number) => void (status = next) }
}
