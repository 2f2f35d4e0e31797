import type { Text } from './text.ts'

/** A text that the node has read, and the key under which Redis had it. */
export type Copy = { key: string; text: Text }

type Entry = Copy & { bytes: number }
type Half = { entries: Map<string, Entry>; bytes: number }

/** What an entry takes beside its text: its names, its tag, and the objects that hold them. */
const entryBytes = 500
/** What an id takes in a list of ids, and in the finished body. */
const idBytes = 120

/**
 * The copies that a node keeps of texts in Redis, up to a number of bytes. A copy is never an answer by itself: Redis says at
 * each read whether it is still right.
 *
 * New and used texts stand in the young half. When it is full it becomes the old half, and what was not used since the last
 * time leaves. So a text that is used often costs one look into a Map.
 */
export function openCopies(most_bytes: number) {
  let young = emptyHalf()
  let old = emptyHalf()

  function put(name: string, entry: Entry) {
    if (young.bytes + entry.bytes > most_bytes / 2) [old, young] = [young, emptyHalf()]
    young.entries.set(name, entry)
    young.bytes += entry.bytes
  }

  return {
    get(name: string): Copy | undefined {
      const found = young.entries.get(name)
      if (found) return found
      const rare = take(old, name)
      if (rare) put(name, rare)
      return rare
    },

    keep(name: string, copy: Copy): void {
      take(young, name)
      take(old, name)
      const bytes = sizeOf(name, copy)
      // One that is large would displace many others.
      if (bytes <= most_bytes / 4) put(name, { ...copy, bytes })
    },

    bytes: () => young.bytes + old.bytes
  }
}

const emptyHalf = (): Half => ({ entries: new Map(), bytes: 0 })

function take(half: Half, name: string): Entry | undefined {
  const entry = half.entries.get(name)
  if (entry) half.bytes -= entry.bytes
  half.entries.delete(name)
  return entry
}

/** The text and the body that is made of it. A string takes two bytes a character when one of them needs it. */
function sizeOf(name: string, { key, text: { json, ids } }: Copy): number {
  const isPlain = Buffer.byteLength(json) === json.length
  const each = isPlain ? 1 : 2
  return entryBytes + name.length + key.length + 2 * each * json.length + ids.length * idBytes
}
