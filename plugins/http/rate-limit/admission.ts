import type { FastifyReply, FastifyRequest } from 'fastify'
import { problemFor } from '../../kernel/errors/problem-document.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route asks Redis itself: its requests are counted in the same trip (`request.admitted`). */
    counts_with_answer?: boolean
  }
  interface FastifyRequest {
    /**
     * Of a route that `counts_with_answer`: resolves when the request has been counted. The route waits for it before it asks
     * PostgreSQL, and no answer leaves before it. undefined: nothing is counted. @throws RateLimited
     */
    admitted: Promise<void> | undefined
  }
}

type Done = (err?: Error | null, payload?: string) => void

/** Waits until the request has been counted, where the answer does not wait for it. */
export function admit(request: FastifyRequest, counted: Promise<void>): Promise<void> | undefined {
  if (!request.routeOptions.config.counts_with_answer) return counted
  request.admitted = counted
  // It is waited for when the answer is sent.
  counted.catch(() => {})
  return undefined
}

/** Before an answer is sent. An answer to a request that is refused is replaced by the refusal. */
export function awaitAdmission(
  request: FastifyRequest,
  reply: FastifyReply,
  _payload: unknown,
  done: Done
) {
  if (request.admitted) void answerAdmitted(request, reply, done)
  else done()
}

async function answerAdmitted(request: FastifyRequest, reply: FastifyReply, done: Done) {
  const refused = await request.admitted!.then(
    () => undefined,
    (err: Error) => err
  )
  if (!refused) return done()
  for (const name of headersOfAnswers) reply.removeHeader(name)
  done(null, JSON.stringify(problemFor(refused, request, reply)))
}

const headersOfAnswers = ['etag', 'x-cache', 'location']
