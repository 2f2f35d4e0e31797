import type { FastifyRequest } from 'fastify'

/** Whether the browser asks for a page whether it may send a request. The proxy decides it so too ($is_preflight). */
export const isPreflight = ({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>) =>
  method === 'OPTIONS' &&
  Boolean(headers.origin) &&
  Boolean(headers['access-control-request-method'])
