import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import reference from '@scalar/fastify-api-reference'
import Fastify from 'fastify'

/** The reference page, its script, and the policy with which a browser runs that script and lets it ask this shop only. */
export type Page = { html: string; script: string; policy: string }

export async function readPage(): Promise<Page> {
  const [html, script] = await Promise.all([
    readFile(new URL('page.html', import.meta.url), 'utf8'),
    readScript()
  ])
  const [, inline] = /<script>([^]*)<\/script>/.exec(html)!
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash(inline!, 'base64')}'`,
    // The script makes its styles as it runs.
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ]
  // Another version of the script has another address, so browsers may keep it without asking.
  const address = `js/scalar.js?v=${hash(script, 'hex').slice(0, 12)}`
  return { html: html.replace('js/scalar.js', address), script, policy: policy.join('; ') }
}

/** The package gives its script only as an answer of its routes, so an instance that does not listen is asked for it. */
async function readScript() {
  const fastify = Fastify()
  await fastify.register(reference, { routePrefix: '/docs', configuration: { url: '/' } })
  const { body } = await fastify.inject('/docs/js/scalar.js')
  await fastify.close()
  return body
}

const hash = (text: string, form: 'hex' | 'base64') =>
  createHash('sha256').update(text).digest(form)
