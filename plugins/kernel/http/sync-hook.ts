import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'

type Work = (request: FastifyRequest, reply: FastifyReply) => void

/**
 * A hook that waits for nothing, for hooks that run with every request: an async function costs a promise and a turn of the
 * queue each time. What the work throws is the request's error.
 */
export const syncHook =
  (work: Work) => (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) =>
    run(work, request, reply, done)

/** The same for `preParsing` and `onSend`, which are given the body too, and leave it as it is. */
export const syncBodyHook =
  (work: Work) =>
  (request: FastifyRequest, reply: FastifyReply, _body: unknown, done: HookHandlerDoneFunction) =>
    run(work, request, reply, done)

function run(
  work: Work,
  request: FastifyRequest,
  reply: FastifyReply,
  done: HookHandlerDoneFunction
) {
  try {
    work(request, reply)
  } catch (err) {
    return done(err as Error)
  }
  done()
}
