/** What was made of a text last, for the numbers that were right then. */
type Finished = { numbers: number[]; body: string | Buffer; etag: string }

/**
 * A cached JSON text. It has a slot for what is never cached: NUL, an id, NUL. JSON text never contains a raw NUL, so splitting
 * finds the slots, and a cache hit neither parses nor serializes JSON.
 */
export type Text = {
  /** Names this text alone, on all nodes: it was made when the text was stored. undefined: the text was not stored. */
  tag: string | undefined
  json: string
  /** The ids in its slots, in their order. */
  ids: string[]
  finished?: Finished
}

const mark = '\0'

export const slot = (id: string) => `${mark}${id}${mark}`

export const textOf = (json: string, tag?: string): Text => ({ tag, json, ids: slotsOf(json) })

/** Fills the slots. `write` answers what stands in the slot of an id, by its place among the ids of the text. */
export const fillSlots = (json: string, write: (at: number) => string) =>
  json
    .split(mark)
    .map((part, at) => (at % 2 === 0 ? part : write((at - 1) / 2)))
    .join('')

const slotsOf = (json: string) =>
  json.includes(mark) ? json.split(mark).filter((_, at) => at % 2 === 1) : []
