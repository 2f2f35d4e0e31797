import type { Reader } from '../../../sql/types.ts'
import type { Text } from './text.ts'

export type CacheState = 'hit' | 'miss'

/** Reads the JSON text from this database; undefined: there is no such row. */
export type Load = (reader: Reader) => Promise<string | undefined>

/** `text` is undefined when there is no such row. */
export type Cached = { text: Text | undefined; state: CacheState }
