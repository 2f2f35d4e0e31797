const control = /\p{Cc}/u
const controlButBreaks = /(?![\t\n\r])\p{Cc}/u

/**
 * What is wrong with a text that a client sent: control characters (C0, DEL, C1) change how labels, logs and exports read, and
 * PostgreSQL takes neither NUL nor half a surrogate pair.
 */
export function faultOfText(text: string, isMultiline = false): string | undefined {
  if (!text.isWellFormed()) return 'must not contain lone surrogates'
  if (!(isMultiline ? controlButBreaks : control).test(text)) return undefined
  return isMultiline
    ? 'must not contain control characters other than tabs and line breaks'
    : 'must not contain control characters'
}
