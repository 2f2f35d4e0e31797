import type { Schema } from './schema-of.ts'

const control = /\p{Cc}/u
const controlButBreaks = /(?![\t\n\r])\p{Cc}/u

/** A character that leaves a mark on the page. The four at the end are blanks that Unicode counts as letters or symbols. */
const visible = /[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}]/u

/** Marks that turn the direction of what follows them, on the whole page too, and ends of lines. */
const turning = /[\u2028-\u202e\u2066-\u2069]/

/**
 * What is wrong with a text that a client sent: control characters (C0, DEL, C1) change how labels, logs and exports read, and
 * PostgreSQL takes neither NUL nor half a surrogate pair. Each test looks once at each character.
 */
export function faultOfText(text: string, schema: Schema = {}): string | undefined {
  const { 'x-line': isLine, 'x-multiline': isMultiline } = schema
  if (!text.isWellFormed()) return 'must not contain lone surrogates'
  if (isMultiline && controlButBreaks.test(text))
    return 'must not contain control characters other than tabs and line breaks'
  if (!isMultiline && control.test(text)) return 'must not contain control characters'
  if ((isLine || isMultiline) && text !== '' && !visible.test(text))
    return 'must have a character that can be seen'
  return isLine && turning.test(text)
    ? 'must not contain characters that override the direction of text or end a line'
    : undefined
}
