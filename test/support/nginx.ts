import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Test } from 'tap'
import { nginx } from '../../scripts/stack/supervisor/binaries.ts'
import { superviseProcess } from '../../scripts/stack/supervisor/supervised-process.ts'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'

/** Starts an NGINX that serves only its own numbers, at /status, and logs as the proxy does. Stopped when the test ends. */
export async function startNginx(t: Test) {
  const run = t.testdir()
  const port = await choosePort()
  const file = path.join(run, 'nginx.conf')
  const access_log = path.join(run, 'access.log')
  writeFileSync(access_log, '')
  writeFileSync(
    file,
    `daemon off; pid ${run}/nginx.pid; error_log ${run}/nginx.log;
     events {}
     http {
       log_format line escape=json '{"status":$status,"node":"$upstream_addr","node_seconds":"$upstream_response_time"}';
       access_log ${access_log} line;
       client_body_temp_path ${run}/a; proxy_temp_path ${run}/b; fastcgi_temp_path ${run}/c;
       uwsgi_temp_path ${run}/d; scgi_temp_path ${run}/e;
       server {
         listen 127.0.0.1:${port};
         location /status { stub_status; access_log off; }
         location / { return 404; }
       }
     }`
  )
  const words = [nginx()!, '-e', `${run}/nginx.log`, '-p', run, '-c', file]
  const server = superviseProcess(run, 'nginx', { words, stop: 'SIGQUIT' }, () => {})
  t.teardown(() => server.stop())
  const url = `http://127.0.0.1:${port}`
  const get = async (where: string) => (await fetch(`${url}${where}`)).text()
  await server.ready(() => get('/status'))
  return { url, access_log, get }
}
