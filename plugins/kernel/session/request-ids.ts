import type { FastifyInstance, FastifyRequest } from 'fastify'
import { cookieName, plainName, signedId } from './cookie.ts'
import { hashOf, readId } from './id.ts'

/** What a request says about its session: the id, and its hash. */
export type Named =
  | { from: 'header' | 'cookie'; id: string; hash: string }
  | { from: 'nothing' | 'malformed header'; id: undefined; hash: undefined }

/** The ids that a request may be answered with, by their hashes. `made`: hashes of those that the shop made for it. */
type Known = { named: Named; ids: Map<string, string>; made: Set<string> }

/** The ids of the sessions of requests: the header's wins over the cookie's. Read once a request. */
export function openRequestIds(fastify: Pick<FastifyInstance, 'config' | 'unsignCookie'>) {
  const name = cookieName(fastify.config)
  const known = new WeakMap<FastifyRequest, Known>()
  let old_until = 0
  const unsign = (value: string) => fastify.unsignCookie(value)
  const isOldRead = () => Date.now() < old_until

  function of(request: FastifyRequest): Known {
    const seen = known.get(request)
    if (seen) return seen
    const named = fromHeader(request) ?? fromCookie(request)
    const ids = new Map(named.id === undefined ? [] : [[named.hash, named.id]])
    const found = { named, ids, made: new Set<string>() }
    known.set(request, found)
    return found
  }

  function fromCookie({ headers }: FastifyRequest): Named {
    const id =
      signedId(headers.cookie, name, unsign) ??
      (isOldRead() ? signedId(headers.cookie, plainName, unsign) : undefined)
    return id === undefined ? unnamed('nothing') : namedBy('cookie', id)
  }

  return {
    of,
    /** Gives the request an id that it did not name. @returns its hash */
    make(request: FastifyRequest, id: string): string {
      const { ids, made } = of(request)
      const hash = hashOf(id)
      ids.set(hash, id)
      made.add(hash)
      return hash
    },
    readOld(until: Date) {
      old_until = until.getTime()
    },
    /** The id that is named, while carts and positions under the id itself are read. */
    oldOf: (request: FastifyRequest) => (isOldRead() ? of(request).named.id : undefined)
  }
}

/** undefined: there is no header. */
function fromHeader({ headers }: FastifyRequest): Named | undefined {
  const header = headers['x-session-id']
  if (header === undefined) return undefined
  const id = readId(String(header))
  return id === undefined ? unnamed('malformed header') : namedBy('header', id)
}

const namedBy = (from: 'header' | 'cookie', id: string): Named => ({ from, id, hash: hashOf(id) })

const unnamed = (from: 'nothing' | 'malformed header'): Named => ({
  from,
  id: undefined,
  hash: undefined
})
