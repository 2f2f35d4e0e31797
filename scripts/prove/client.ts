/** A whole HTTP response. */
export type Answer = { status: number; headers: Headers; body: Body }

/** The fields of answers that the proof looks at. */
export type Body = {
  id?: string
  code?: string
  order_id?: string
  status?: string
  version?: number
  price?: Money
  subtotal?: Money
  total?: Money
  items?: { product_id: string; quantity: number }[]
  orders?: { id: string }[]
  categories?: { id: string }[]
  invariants?: Invariant[]
}

export type Money = { amount: number; currency: string }

export type Invariant = {
  name: string
  violations: number
  meaning: string
  witnesses: unknown[]
  checked?: boolean
  reason?: string
}

export type Question = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** After /api/v1. */
  path: string
  headers?: Record<string, string>
  body?: object
}

export type Ask = (question: Question) => Promise<Answer | undefined>

/** Longer than the proxy waits for a node. */
const standard_ms = 20_000

/** A client of the API, through the proxy or at a node. Undefined: there was no answer, and the request's outcome is unknown. */
export function client(base: string, timeout_ms = standard_ms): Ask {
  return async ({ method, path, headers, body }) => {
    try {
      const answer = await fetch(`${base}/api/v1${path}`, {
        method,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeout_ms)
      })
      const text = await answer.text()
      return {
        status: answer.status,
        headers: answer.headers,
        body: (text ? JSON.parse(text) : {}) as Body
      }
    } catch {
      return undefined
    }
  }
}
