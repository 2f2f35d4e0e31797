import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { script } from '../../lib/script.ts'
import type { Questions } from '../questions/index.ts'
import type { Incarnation } from './incarnation.ts'
import type { Copy } from './copies.ts'
import { textOf, type Text } from './text.ts'

/*
 * A value is `run:epoch#tag:text`. The tag is made at each fill, and never of the text: it names one text, on all nodes. Releases
 * without tags store `run:epoch:text`: old and new nodes take each other's values for those of another incarnation.
 */

export const valueOf = (incarnation: string, tag: string, json: string) =>
  `${headOf(incarnation)}${tag}:${json}`

export const newTag = () => randomBytes(12).toString('base64url')

const headOf = (incarnation: string) => `${incarnation}#`

/**
 * Finds the value of a key. undefined: there is none of this incarnation. A value without a text says that the row does not
 * exist. When the node's copy is still right, Redis says so instead of sending the text.
 */
export function valueFinder(redis: Redis, questions: Questions, incarnation: Incarnation) {
  questions.define('value', script(import.meta, 'value.lua'))

  async function find(key: string, copy?: Copy): Promise<{ text: Text | undefined } | undefined> {
    const asked_in = incarnation.now()
    const head = headOf(asked_in)
    const text = copy?.key === key ? copy.text : undefined
    const question = { name: 'value', keys: [key], args: [head, text?.tag ?? ''] }
    const value = await questions.ask<string | 1 | null>(redis, question)
    // Redis or the database may have become another one since the question.
    if (value === null || incarnation.now() !== asked_in) return undefined
    return value === 1 ? { text } : parse(value, head)
  }

  return (key: string, copy?: Copy) => questions.once(`value ${key}`, () => find(key, copy))
}

/** undefined: the value is of another incarnation. */
function parse(value: string, head: string): { text: Text | undefined } | undefined {
  if (!value.startsWith(head)) return undefined
  const colon = value.indexOf(':', head.length)
  const json = value.slice(colon + 1)
  return { text: json === '' ? undefined : textOf(json, value.slice(head.length, colon)) }
}
