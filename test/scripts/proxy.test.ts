import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { nginx } from '../../scripts/stack/supervisor/binaries.ts'
import { selfSignedCertificate } from '../../scripts/stack/proxy/tls-certificate.ts'
import { proxyConfiguration, type Filling } from '../../scripts/stack/proxy/template.ts'
import { openUpstreams } from '../../scripts/stack/proxy/upstreams.ts'
import { root } from '../../scripts/stack/settings.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'

const execute = promisify(execFile)

t.test('NGINX accepts the configuration of the proxy, whatever the settings are', async (t) => {
  const run = t.testdir()
  const bin = nginx()!
  const upstream = path.join(run, 'nodes.conf')
  mkdirSync(path.join(run, 'tmp'))
  const plain: Filling = {
    bin,
    run,
    upstream,
    port: 20_080,
    host: '127.0.0.1',
    balance: 'least_conn',
    api: 100,
    checkout: 10,
    admin_from: undefined,
    tls: undefined
  }
  const tls = { port: 20_443, ...(await selfSignedCertificate(run)) }
  const nodes = ['127.0.0.1:3001', '127.0.0.1:3002', '127.0.0.1:3003']
  const upstreams = openUpstreams(upstream, nodes, { reload() {}, reloaded: async () => {} })
  upstreams.mark(nodes[1]!, false)

  const shapes: [string, Partial<Filling>, RegExp, RegExp?][] = [
    ['least connections', {}, /least_conn;/],
    ['round robin', { balance: 'round_robin' }, /upstream nodes/, /least_conn|ip_hash/],
    ['IP hash', { balance: 'ip_hash' }, /ip_hash;/, /least_conn/],
    ['limits', { api: 100, checkout: 1 }, /zone=api burst=99 nodelay;[^]*zone=checkout;/],
    ['no limits', { api: 0, checkout: 0 }, /upstream nodes/, /limit_req zone|limit_req_zone/],
    ['one limit', { api: 0 }, /zone=checkout burst=9 /, /zone=api/],
    ['no admin network', { admin_from: [] }, /deny all; *\n *limit_req zone=api/],
    [
      'some admin networks',
      { admin_from: ['10.0.0.0/8', '::1'] },
      /allow 10.0.0.0\/8; allow ::1; deny all;/
    ],
    ['every address', { host: '::' }, /listen \[::\]:20080/],
    ['TLS', { tls }, /return 308 https:\/\/\$host:20443\$request_uri/],
    ['TLS at its usual port', { tls: { ...tls, port: 443 } }, /https:\/\/\$host\$request_uri/]
  ]
  for (const [name, shape, has, hasNot] of shapes) {
    const text = proxyConfiguration({ ...plain, ...shape })
    t.match(text, has, name)
    if (hasNot) t.notMatch(text, hasNot, name)
    t.notMatch(text.replace(/^#.*$/gm, ''), /\{\{/, name)
    const file = path.join(run, 'nginx.conf')
    writeFileSync(file, text)
    const words = ['-t', '-q', '-e', path.join(run, 'nginx.log'), '-p', run, '-c', file]
    await t.resolves(execute(bin, words), name)
  }
})

t.test(
  'the upstreams leave out failing and held nodes, and reload the proxy when their file changes',
  async (t) => {
    const file = path.join(t.testdir(), 'nodes.conf')
    let reloads = 0
    const proxy = { reload: () => void reloads++, reloaded: async () => {} }
    const { mark, hold, release, out } = openUpstreams(file, ['a:1', 'b:1', 'c:1'], proxy)
    const lines = () => readFileSync(file, 'utf8').split('\n').filter(Boolean)
    t.equal(reloads, 0)
    mark('a:1', true)
    t.equal(reloads, 0, 'nothing has changed')
    mark('a:1', false)
    mark('a:1', false)
    t.equal(reloads, 1)
    t.match(lines(), [/^server a:1 .* down;$/, /^server b:1 .*5s;$/, /^server c:1 .*5s;$/])
    await hold('b:1')
    t.same([out(), reloads], [['a:1', 'b:1'], 2])
    mark('c:1', false)
    t.same(out(), ['b:1'], 'when all nodes fail, all but the held one are used')
    mark('c:1', true)
    mark('b:1', true)
    t.same(out(), ['a:1', 'b:1'], 'the readiness of a held node does not count')
    release('b:1')
    mark('a:1', true)
    t.same(out(), [])
    t.notMatch(lines().join(), /down/)
  }
)

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

t.test('the proxy daemon takes HOLDFAST_DOOR_NODES, and says its new name', async (t) => {
  const env = { ...process.env, HOLDFAST_DATA: t.testdir(), HOLDFAST_DOOR_NODES: 'node1' }
  const program = path.join(root, 'scripts/daemons/proxy.ts')
  await t.rejects(execute(process.execPath, [program], { env }), {
    code: 1,
    stdout: 'HOLDFAST_DOOR_NODES is the old name of HOLDFAST_PROXY_NODES: rename it\n',
    stderr: 'holdfast: HOLDFAST_PROXY_NODES is a list of host:port, not node1\n'
  })
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
