/** Numbers in [0, 1) that are the same for the same seed on every machine (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A seed that is a text's own (FNV-1a). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (const unit of Buffer.from(text)) hash = Math.imul(hash ^ unit, 0x01000193)
  return hash
}

/** A UUIDv7 of this millisecond whose random bits are drawn from `draw`. */
export function uuid7(time_ms: number, draw: () => number): string {
  const bits = (count: number) => Math.floor(draw() * 2 ** count)
  const time = hex(time_ms, 12)
  const variant = hex(0x8000 | bits(14), 4)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(bits(12), 3)}-${variant}-${hex(bits(24), 6)}${hex(bits(24), 6)}`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
