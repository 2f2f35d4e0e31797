import anyAscii from 'any-ascii'

const longest = 200

/**
 * The slug of a text in any script: "Łódź żółw, 12 cm" is lodz-zolw-12-cm, "手机壳" is shoujike. Empty when the text has no
 * letter and no digit. The `suffix` is kept whole.
 */
export function slugOf(text: string, suffix = ''): string {
  const plain = anyAscii(text.normalize('NFKC')).toLowerCase().replace(/['`]/g, '')
  const words = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-/, '')
  return words.slice(0, longest - suffix.length).replace(/-$/, '') + suffix
}
