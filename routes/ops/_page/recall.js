// What the nodes remember of the last hour, for a page that has just been opened.

const sampleMs = 15_000

/** Puts the nodes' samples into the history. They were made at another moment on each node. */
export async function recall(history) {
  const nodes = await ask().catch(() => [])
  const slots = new Map()
  for (const { node, samples } of nodes)
    for (const { at, figures } of samples) {
      const slot = Math.ceil(Date.parse(at) / sampleMs) * sampleMs
      slots.set(slot, (slots.get(slot) ?? new Map()).set(node, figures))
    }
  for (const [slot, known] of [...slots].toSorted(([a], [b]) => a - b)) {
    const figures = nodes.map(({ node }) => ({ node, figures: known.get(node) ?? null }))
    if (slot <= Date.now()) history.take(slot, figures)
  }
}

async function ask() {
  const answer = await fetch('/ops/history', { signal: AbortSignal.timeout(5000) })
  return (await answer.json()).nodes
}
