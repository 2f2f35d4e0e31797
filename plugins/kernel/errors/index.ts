import fp from 'fastify-plugin'
import { sendProblem } from './problem-document.ts'
import { NotFound } from './problems.ts'

export type { ProblemDocument } from './problem-document.ts'

/** Answers every error of a request with a problem document. */
export default fp(
  async (fastify) => {
    fastify.setErrorHandler(sendProblem)
    fastify.setNotFoundHandler((request) => {
      throw new NotFound(request.method, request.url.split('?')[0])
    })
  },
  { name: 'errors' }
)
