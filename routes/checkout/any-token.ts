import fp from 'fastify-plugin'
import { faultsByPart } from '../../plugins/kernel/errors/all-faults.ts'
import type { Fault, Part } from '../../plugins/kernel/errors/faults.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** On the checkout: the problem of a token that the provider does not know, when nothing else is wrong. */
    token_fault: Error | undefined
  }
}

/**
 * An order of nothing takes any token, and what an order costs is known after the validation. So a wrong token alone does not
 * end a request of this context: the checkout decides. Its routes need `attachValidation: true`.
 */
export const anyToken = fp(async (fastify) => {
  fastify.decorateRequest('token_fault', undefined)
  fastify.addHook('preHandler', async (request) => {
    const problem = request.validationError
    if (!problem) return
    const found = faultsByPart(problem, request)
    const faults = found && [...found].flatMap(([part, of]) => of.map((fault) => ({ part, fault })))
    if (!faults?.every(isOfToken)) throw problem
    request.token_fault = problem
  })
})

/** The token is a text, and none of the provider's. */
const isOfToken = ({ part, fault }: { part: Part; fault: Fault }) =>
  part === 'body' &&
  fault.instancePath === '/payment/token' &&
  fault.keyword !== undefined &&
  fault.keyword !== 'type'
