/** A part of a URL or the value of a cookie without its percent-encoding; undefined: it cannot be decoded. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
