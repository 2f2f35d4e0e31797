import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { nginx } from '../../scripts/stack/supervisor/binaries.ts'
import { selfSignedCertificate } from '../../scripts/stack/proxy/tls-certificate.ts'
import { proxyConfiguration, type Filling } from '../../scripts/stack/proxy/configuration.ts'
import { switchByFiles, switchByReload } from '../../scripts/stack/proxy/switches.ts'
import { adminAccess } from '../../scripts/stack/proxy/admin-access.ts'
import { readSettings, root } from '../../scripts/stack/settings.ts'

const execute = promisify(execFile)

t.test('NGINX accepts the configuration of the proxy, whatever the settings are', async (t) => {
  const run = t.testdir()
  const bin = nginx()!
  const files = { upstreams: path.join(run, 'upstreams.conf'), out: path.join(run, 'out.conf') }
  const nodes = ['127.0.0.1:3001', '127.0.0.1:3002', '127.0.0.1:3003']
  mkdirSync(path.join(run, 'tmp'))
  const tls = { port: 20_443, ...(await selfSignedCertificate(run)) }
  const text = (env: NodeJS.ProcessEnv, more: Partial<Filling> = {}) => {
    const settings = settingsOf({ HOLDFAST_PORT: '20080', ...env })
    return proxyConfiguration({
      ...settings,
      bin,
      run,
      nodes: files,
      status_port: 20_081,
      tls: undefined,
      ...more
    })
  }
  const accepts = async (name: string, conf: string) => {
    t.notMatch(conf.replace(/^#.*$/gm, ''), /\{\{/, name)
    const file = path.join(run, 'nginx.conf')
    writeFileSync(file, conf)
    const words = ['-t', '-q', '-e', path.join(run, 'nginx.log'), '-p', run, '-c', file]
    await t.resolves(execute(bin, words), name)
  }

  switchByFiles(files, path.join(run, 'nodes-out'), nodes, 'least_conn', '')
  for (const [name, conf, has, hasNot] of shapes(text, tls)) {
    t.match(conf, has, name)
    if (hasNot) t.notMatch(conf, hasNot, name)
    await accepts(name, conf)
  }
  for (const balance of ['round_robin', 'ip_hash'] as const) {
    switchByFiles(files, path.join(run, 'nodes-out'), nodes, balance, '')
    await accepts(balance, text({}))
  }
  const many = Array.from({ length: 9 }, (_, n) => `127.0.0.1:${4001 + n}`)
  switchByReload(files, many, 'least_conn', { reload() {}, reloaded: async () => {} })
  await accepts('more nodes than have groups', text({}))
  switchByFiles(files, path.join(run, 'nodes-out'), many.slice(0, 8), 'least_conn', '')
  t.equal(readFileSync(files.upstreams, 'utf8').match(/^upstream/gm)?.length, 255)
  await accepts('as many nodes as have groups', text({}))
})

t.test('a wrong setting of the proxy is one line with the name of the variable', async (t) => {
  const wrong = {
    HOLDFAST_TRUSTED_PROXIES: [
      '10.0.0.0/33',
      '999.1.1.1',
      '::1/x',
      '10.0.0.1;',
      'lb.example',
      '1.2.3.4/8/8'
    ],
    HOLDFAST_ADMIN_FROM: ['everybody', '10.0.0.0/8;allow all'],
    HOLDFAST_HOST: ['10.0.0.0/8', 'localhost'],
    HOLDFAST_CONNECTIONS_PER_IP: ['-1', 'many'],
    RATE_LIMIT_OPS: ['1.5']
  }
  for (const [name, values] of Object.entries(wrong))
    for (const value of values)
      t.throws(
        () => settingsOf({ [name]: value }),
        { message: new RegExp(`^${name} .*not .*$`) },
        value
      )
})

t.test('the admin routes are closed where keys would cross a network in the clear', async (t) => {
  const tls = {}
  t.match(closed({ HOLDFAST_HOST: '0.0.0.0' }), { directives: 'deny all;', closed: 403 })
  t.match(closed({ HOLDFAST_HOST: '0.0.0.0' }, { tls }), { directives: '' })
  t.match(closed({}), { directives: '' }, 'only this machine can connect')
  t.match(closed({ HOLDFAST_HOST: '::1' }), { directives: '' })
  t.match(closed({ HOLDFAST_HOST: '::', HOLDFAST_ADMIN_FROM: 'all' }), { directives: '' })
  t.match(closed({ HOLDFAST_HOST: '::', HOLDFAST_ADMIN_FROM: 'none' }), {
    directives: 'deny all;',
    closed: 404
  })
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

const settingsOf = (env: NodeJS.ProcessEnv) =>
  readSettings({ ...env, HOLDFAST_DATA: '/tmp/unused' }).proxy

type Text = (env: NodeJS.ProcessEnv, more?: Partial<Filling>) => string

/** Settings by a name, with what the configuration has and what it lacks. */
function shapes(text: Text, tls: NonNullable<Filling['tls']>): [string, string, RegExp, RegExp?][] {
  return [
    ['limits', text({ RATE_LIMIT_CHECKOUT: '1' }), /zone=api burst=99 nodelay;[^]*zone=checkout;/],
    ['limits of the rest', text({}), /zone=ops burst=299 [^]*zone=admin burst=1199 /],
    [
      'no limits',
      text({ RATE_LIMIT_API: '0' }),
      /limit_conn connections 100;/,
      /limit_req zone|limit_req_zone/
    ],
    ['no limit of health', text({ RATE_LIMIT_OPS: '0' }), /zone=api/, /zone=ops/],
    [
      'no limit of connections',
      text({ HOLDFAST_CONNECTIONS_PER_IP: '0' }),
      /zone=api/,
      /limit_conn /
    ],
    ['a rate that keeps the promise of Retry-After', text({}), /zone=checkout:10m rate=11r\/m/],
    ['no admin network', text({ HOLDFAST_ADMIN_FROM: 'none' }), /zone=admin [^\n]*\n *deny all;/],
    [
      'some admin networks',
      text({ HOLDFAST_ADMIN_FROM: '10.0.0.0/8, ::1' }),
      /allow 10.0.0.0\/8; allow ::1; deny all;/
    ],
    [
      'every address',
      text({ HOLDFAST_HOST: '::' }),
      /listen \[::\]:20080 default_server; listen 0.0.0.0:20080/
    ],
    [
      'trusted proxies',
      text({ HOLDFAST_TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8' }),
      /set_real_ip_from fd00::\/8; real_ip_header X-Forwarded-For; real_ip_recursive on;/
    ],
    [
      'origins',
      text({ CORS_ORIGINS: 'https://a.example,http://localhost:3000' }),
      /"http:\/\/localhost:3000" \$http_origin;/
    ],
    ['any origin', text({ CORS_ORIGINS: '*' }), /default "\*";/],
    ['TLS', text({}, { tls }), /return 308 https:\/\/\$secure_host:20443\$request_uri/],
    [
      'TLS at its usual port',
      text({}, { tls: { ...tls, port: 443 } }),
      /https:\/\/\$secure_host\$request_uri/
    ],
    [
      'TLS at a public URL',
      text({ HOLDFAST_PUBLIC_URL: 'https://shop.example' }, { tls }),
      /https:\/\/shop.example\$request_uri/,
      /secure_host/
    ]
  ]
}

const closed = (env: NodeJS.ProcessEnv, more = {}) => adminAccess({ ...settingsOf(env), ...more })
