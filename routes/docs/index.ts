import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { FastifyPluginAsync } from 'fastify'
import { forOperations } from '../../plugins/kernel/openapi/operation.ts'
import type { Page } from './_page/index.ts'
import { keptText, type KeptText } from './kept-text.ts'
import { Document } from './schema.ts'

export const prefixOverride = ''

const hide = { schema: { hide: true } }

/** The OpenAPI document and a page to read it. The page loads nothing from other servers. */
const routes: FastifyPluginAsync = async (fastify) => {
  let document: KeptText | undefined
  fastify.get(
    '/openapi.json',
    {
      schema: {
        ...forOperations,
        operationId: 'getOpenapi',
        summary: 'This document',
        description: 'OpenAPI 3.1, made of the schemas with which requests are checked.',
        sends: ['ETag', 'Cache-Control'],
        response: { 200: Document }
      }
    },
    async (_request, reply) => {
      document ??= keptText(JSON.stringify(fastify.swagger()), 'application/json; charset=utf-8')
      return document(reply.header('cache-control', 'no-cache'))
    }
  )

  let page: ReturnType<typeof keep> | undefined
  fastify.get('/docs', hide, async (_request, reply) => {
    const { policy, html } = await (page ??= keep())
    reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' })
    return html(reply)
  })
  fastify.get('/docs/js/scalar.js', hide, async (_request, reply) => {
    const { script } = await (page ??= keep())
    return script(reply.header('cache-control', 'public, max-age=86400, immutable'))
  })

  fastify.get('/', hide, async (_request, reply) => reply.redirect('/docs'))
  // Browsers ask for it by themselves.
  fastify.get('/favicon.ico', hide, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=86400').code(204).send()
  )
}

export default routes

async function keep() {
  const worker = new Worker(new URL('_page/worker.ts', import.meta.url))
  const [{ html, script, policy }] = (await once(worker, 'message')) as [Page]
  return {
    policy,
    html: keptText(html, 'text/html; charset=utf-8'),
    script: keptText(script, 'text/javascript; charset=utf-8')
  }
}
