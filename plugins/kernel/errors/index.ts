import type { ConnectionError } from 'fastify'
import fp from 'fastify-plugin'
import { openBadUrls } from './bad-url.ts'
import { sendProblem } from './problem-document.ts'
import { MethodNotAllowed, NotFound } from './problems.ts'
import { answerBadRequest, answerSocket } from './raw.ts'

export type { ProblemDocument } from './problem-document.ts'

/** Answers every error of a request with a problem document. */
export default fp(
  async (fastify) => {
    fastify.setErrorHandler(sendProblem)
    const problemOfUrl = openBadUrls(fastify)
    fastify.setNotFoundHandler((request) => {
      throw problemOfUrl(request) ?? new NotFound(request.method, request.url.split('?')[0])
    })
    fastify.server.on('clientError', (err, socket) =>
      answerBadRequest(fastify, err as ConnectionError, socket)
    )
    // Without a listener Node closes the connection of a CONNECT without an answer.
    fastify.server.on('connect', ({ headers }, socket) => {
      socket.on('error', () => socket.destroy())
      answerSocket(fastify, socket, new MethodNotAllowed('CONNECT'), headers, { allow: '' })
    })
  },
  { name: 'errors' }
)
