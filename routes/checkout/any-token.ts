import fp from 'fastify-plugin'
import type { Fault } from '../../plugins/kernel/errors/faults.ts'

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
    const { validation = [], validationContext } = problem
    if (validationContext !== 'body' || !validation.every(isOfToken)) throw problem
    // Fastify validates the headers after the body, and only when nothing is wrong with the body.
    const read = request.getValidationFunction('headers')?.(request.headers) as Read
    if (typeof read === 'object') throw problem
    request.token_fault = problem
  })
})

/** What the validators of plugins/kernel/validators.ts answer. */
type Read = true | { error: Fault[] } | undefined

/** The token is a text, and none of the provider's. */
const isOfToken = ({ instancePath, keyword }: Fault) =>
  instancePath === '/payment/token' && keyword !== undefined && keyword !== 'type'
