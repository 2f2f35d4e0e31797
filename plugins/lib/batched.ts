/** What bounds a batch, and what goes wrong with one. */
export type Batching<In, Out> = {
  /** Inputs of one batch, at most. */
  most: number
  /** What an input adds to a batch, and how much one may have. An input alone may have more. */
  weight?: { of: (input: In) => number; most: number }
  /** Inputs that have one of these in common are never in one batch; the earlier one goes first. */
  keys?: (input: In) => string[]
  /** An input that has waited longer is refused with this error, before anything was done for it. */
  patience?: { ms: number; refusal: () => Error }
  /** What works on a single input of a batch that has failed. */
  alone: (input: In) => Promise<Out>
  /** Whether an error of a batch is that of every input in it, so that nothing is gained by trying them apart. */
  concernsAll: (err: unknown) => boolean
  /** Told of each batch: its inputs, and the milliseconds that its first one has waited. */
  observe?: (size: number, waited_ms: number) => void
}

type Call<In, Out> = {
  input: In
  at: number
  resolve: (output: Out) => void
  reject: (err: unknown) => void
}

/**
 * Makes one call of many: what is asked while a batch is under way leaves with the next one, as soon as the first has
 * returned. There is no timer: while nothing is under way an input leaves in the same turn of the event loop, together
 * with what else is asked in it.
 *
 * One batch is under way at a time, and inputs leave in the order in which they came. The outputs of `work` are in the order
 * of its inputs. When it fails, each input is worked on alone, while other batches go on: so one bad input fails alone, and
 * none holds up the others for long. Inputs of a batch that has failed must therefore allow that they are worked on again.
 */
export function batched<In, Out>(
  work: (inputs: In[]) => Promise<Out[]>,
  batching: Batching<In, Out>
): (input: In) => Promise<Out> {
  let waiting: Call<In, Out>[] = []
  let is_running = false

  return (input) =>
    new Promise<Out>((resolve, reject) => {
      waiting.push({ input, at: performance.now(), resolve, reject })
      if (is_running) return
      is_running = true
      setImmediate(() => void run())
    })

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const calls = take()
      if (calls.length === 0) continue
      batching.observe?.(calls.length, performance.now() - calls[0]!.at)
      await answer(calls)
    }
    is_running = false
  }

  function take(): Call<In, Out>[] {
    const now = performance.now()
    const [batch, rest] = choose(
      waiting.filter((call) => !isRefused(call, now)),
      batching
    )
    waiting = rest
    return batch
  }

  function isRefused({ at, reject }: Call<In, Out>, now: number): boolean {
    const { patience } = batching
    if (!patience || now - at <= patience.ms) return false
    reject(patience.refusal())
    return true
  }

  async function answer(calls: Call<In, Out>[]): Promise<void> {
    try {
      const outputs = await work(calls.map(({ input }) => input))
      for (const [at, { resolve }] of calls.entries()) resolve(outputs[at]!)
    } catch (err) {
      for (const { input, resolve, reject } of calls)
        if (batching.concernsAll(err)) reject(err)
        else batching.alone(input).then(resolve, reject)
    }
  }
}

/** The next batch, and what has to wait for another one. */
function choose<In, Out>(
  calls: Call<In, Out>[],
  { most, weight, keys = () => [] }: Batching<In, Out>
): [batch: Call<In, Out>[], rest: Call<In, Out>[]] {
  const batch: Call<In, Out>[] = []
  const rest: Call<In, Out>[] = []
  const taken = new Set<string>()
  let heavy = 0
  for (const [at, call] of calls.entries()) {
    const own = keys(call.input)
    const adds = weight?.of(call.input) ?? 0
    const fits = batch.length === 0 || !weight || heavy + adds <= weight.most
    if (batch.length === most || !fits) return [batch, [...rest, ...calls.slice(at)]]
    if (own.some((key) => taken.has(key))) rest.push(call)
    else {
      batch.push(call)
      heavy += adds
    }
    // Also those of an input that has to wait: a later one with the same must not overtake it.
    for (const key of own) taken.add(key)
  }
  return [batch, rest]
}
