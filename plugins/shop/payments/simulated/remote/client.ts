import {
  type Charge,
  type Decision,
  type Outcome,
  type PaymentProvider,
  ProviderUnreachable,
  type RefundOutcome
} from '../../port.ts'
import { declines, token } from '../tokens.ts'

type RemoteOptions = { url: string; secret: string }

/**
 * The simulated provider in another process, perhaps on another machine (server.ts). A call whose answer does not arrive has an
 * unknown outcome: the server goes on with it.
 */
export function remoteProvider({ url, secret }: RemoteOptions): PaymentProvider {
  const ended = new AbortController()

  async function request(path: string, body: object, signal?: AbortSignal): Promise<Response> {
    const response = await reached(
      fetch(new URL(path, url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([ended.signal, ...(signal ? [signal] : [])])
      })
    )
    if (response.ok) return response
    const text = (await reached(response.text())).slice(0, 500)
    if (response.status >= 500) throw new ProviderUnreachable(text)
    throw new Error(`the payment provider answered ${response.status}: ${text}`)
  }

  const ask = async <T>(path: string, body: object, signal?: AbortSignal) =>
    (await reached((await request(path, body, signal)).json())) as T

  return {
    name: 'simulated',
    token,
    decline_codes: Object.values(declines),

    async identity(signal) {
      return (await ask<{ identity: string }>('identity', {}, signal)).identity
    },
    charge: ({ signal, ...charge }) => ask<Outcome>('charge', charge, signal),
    close: (payment_id, signal) => ask<Outcome>('close', { payment_id }, signal),
    refund: ({ signal, ...refund }) => ask<RefundOutcome>('refund', refund, signal),

    async find(payment_id) {
      const { decision } = await ask<{ decision: Wire<Decision> | null }>('find', { payment_id })
      return decision ? dated<Decision>(decision) : undefined
    },

    async *list(since) {
      const { body } = await request('list', { since: since.toISOString() })
      for await (const line of lines(body!)) {
        const charge = JSON.parse(line) as Wire<Charge> | End
        if ('end' in charge) return
        yield dated<Charge>(charge)
      }
      throw new ProviderUnreachable('the list was cut off')
    },

    end() {
      ended.abort(new ProviderUnreachable('the provider has ended'))
    }
  }
}

/** The last line of a list: without it the list was cut off. */
type End = { end: true }

/** As JSON has it. */
type Wire<T> = Omit<T, 'decided_at'> & { decided_at: string }

const dated = <T extends { decided_at: Date }>(wire: Wire<T>) =>
  ({ ...wire, decided_at: new Date(wire.decided_at) }) as unknown as T

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const part of chunks(body)) {
    const whole = `${rest}${decoder.decode(part, { stream: true })}`.split('\n')
    rest = whole.pop()!
    yield* whole
  }
}

async function* chunks(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reached(reader.read())
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** Whatever fails on the way: the outcome is unknown. */
const reached = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((cause: unknown) => {
    if (cause instanceof ProviderUnreachable) throw cause
    throw new ProviderUnreachable('no answer', { cause })
  })
