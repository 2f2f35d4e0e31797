import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLedger } from './ledger/index.ts'
import {
  type Charge,
  type ChargeRequest,
  type Outcome,
  type PaymentProvider,
  ProviderUnreachable
} from '../port.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { declines, refunding, token, tokens } from './tokens.ts'

export interface SimulatedOptions {
  /** Where ledger.sqlite is: the same folder for every node of a shop. */
  folder: string
  /** How long a request is on its way before it is processed. */
  latency_ms?: number
  /** The share (0–1) of answers to charge, close and refund that are lost after processing. */
  lost_responses?: number
  /** The share (0–1) of charges that arrive a second time, up to a second later. */
  duplicates?: number
}

/**
 * A payment provider for development, tests and the proof. It can be slow and unreachable and may process a charge
 * twice, but keeps the contract. It behaves as a remote one does: a caller that gives up does not call its request back.
 */
export function simulatedProvider(options: SimulatedOptions): PaymentProvider {
  const { folder, latency_ms = 0, lost_responses = 0, duplicates = 0 } = options
  const ledger = openLedger(join(folder, 'ledger.sqlite'))
  const ended = new AbortController()

  /** Processes a request when it arrives. The wait keeps no process alive, and ends with the provider. */
  async function deliver<T>(wait_ms: number, process: () => T): Promise<T> {
    const { signal } = ended
    if (wait_ms > 0) await sleep(wait_ms, undefined, { ref: false, signal }).catch(() => {})
    signal.throwIfAborted()
    return process()
  }

  async function call<T>(process: () => T, signal?: AbortSignal, wait_ms = latency_ms) {
    if (signal?.aborted) throw new ProviderUnreachable('not sent', { cause: signal.reason })
    const answer = await unlessAborted(deliver(wait_ms, process), signal)
    if (chance(lost_responses)) throw new ProviderUnreachable('the answer was lost')
    return answer
  }

  return {
    name: 'simulated',
    token,
    decline_codes: Object.values(declines),

    async identity() {
      return deliver(0, () => ledger.identity)
    },

    async charge({ signal, ...charge }) {
      const process = () => {
        // No caller waits for the second one.
        if (chance(duplicates))
          deliver(Math.random() * 1_000, () => decide(ledger, charge)).catch(() => {})
        return decide(ledger, charge)
      }
      const wait_ms = latency_ms + (charge.token === 'tok_slow' ? 2_000 : 0)
      const answer = await call(process, signal, wait_ms)
      if (answer && charge.token !== 'tok_timeout') return answer
      throw new ProviderUnreachable('connection reset')
    },

    async close(payment_id, signal) {
      return call(() => ledger.close(payment_id), signal)
    },

    async refund({ signal, ...refund }) {
      return call(() => ledger.refund(refund), signal)
    },

    async find(payment_id) {
      return deliver(latency_ms, () => ledger.find(payment_id))
    },

    async *list(since) {
      let page = await deliver(latency_ms, () => ledger.list(since, '', 1_000))
      while (page.length > 0) {
        yield* page
        const { decided_at, payment_id } = page.at(-1) as Charge
        page = await deliver(latency_ms, () => ledger.list(decided_at, payment_id, 1_000))
      }
    },

    /** Drops the requests that are on their way and closes the ledger. */
    end() {
      ended.abort(new ProviderUnreachable('the provider has ended'))
      ledger.end()
    }
  }
}

/** undefined: the request of this card is lost before it is decided. */
function decide(
  ledger: ReturnType<typeof openLedger>,
  { token: card, ...charge }: Omit<ChargeRequest, 'signal'>
): Outcome | undefined {
  if (card === 'tok_error') return undefined
  if (!tokens.some((known) => known === card)) throw new Error(`no card: ${card}`)
  return ledger.charge({
    ...charge,
    decline_code: declineCodes.get(card) ?? null,
    refunding: refundings.get(card) ?? null
  })
}

const declineCodes = new Map<string, string>(Object.entries(declines))
const refundings = new Map<string, 'slow' | 'failing'>(Object.entries(refunding))

function chance(share: number) {
  return Math.random() < share
}
