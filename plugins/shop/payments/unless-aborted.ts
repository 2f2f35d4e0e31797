import { ProviderUnreachable } from './port.ts'

/** Waits for the answer until the caller gives up. The request stays on its way. */
export async function unlessAborted<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return answer
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const give_up = () =>
    reject(new ProviderUnreachable('no answer in time', { cause: signal.reason }))
  signal.addEventListener('abort', give_up, { once: true })
  try {
    return await Promise.race([answer, aborted])
  } finally {
    signal.removeEventListener('abort', give_up)
  }
}
