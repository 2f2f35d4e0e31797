import type { FastifyInstance } from 'fastify'
import { figuresOf, type Figures } from './figures.ts'
import type { Sample } from './memory.ts'

export type NodeFigures = { node: string; up: boolean; ms: number; figures: Figures | null }

const patienceMs = 2000
const mostBytes = 4 * 1024 * 1024
const mostNodes = 64

export type NodeHistory = { node: string; samples: Sample[] }

/** The figures of every node in OPS_NODES, from their `/metrics`; of this node alone when there are none. */
export async function gather({ config, metrics }: FastifyInstance): Promise<NodeFigures[]> {
  const nodes = config.OPS_NODES.slice(0, mostNodes)
  if (nodes.length === 0) return [await look('this node', () => metrics.registry.metrics())]
  return Promise.all(nodes.map((node) => look(node, () => read(node, '/metrics'))))
}

/** The last hour of every node in OPS_NODES, as far as it remembers; of this node alone when there are none. */
export async function gatherHistory(
  { config }: FastifyInstance,
  own: Sample[]
): Promise<NodeHistory[]> {
  const nodes = config.OPS_NODES.slice(0, mostNodes)
  if (nodes.length === 0) return [{ node: 'this node', samples: own }]
  return Promise.all(
    nodes.map(async (node) => {
      const answer = await read(node, '/ops/samples').catch(() => '[]')
      return { node, samples: JSON.parse(answer) as Sample[] }
    })
  )
}

async function look(node: string, ask: () => Promise<string>): Promise<NodeFigures> {
  const began = performance.now()
  const figures = await ask().then(figuresOf, () => null)
  return { node, up: figures !== null, ms: Math.round(performance.now() - began), figures }
}

async function read(node: string, path: string): Promise<string> {
  const answer = await fetch(new URL(path, node), {
    signal: AbortSignal.timeout(patienceMs),
    redirect: 'error'
  })
  if (!answer.ok || !answer.body) throw new Error(`${node} answers ${answer.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`${node} answers more than it should`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
