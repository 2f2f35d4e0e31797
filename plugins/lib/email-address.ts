import { domainToASCII } from 'node:url'

const most = { octets: 254, octetsOfLocalPart: 64, charactersOfLabel: 63 }

/** The characters that RFC 6531 adds to those of ASCII. Blanks and characters that cannot be seen are left out. */
const otherScripts = String.raw`[^\p{ASCII}\p{Z}\p{C}]|[\u200c\u200d]`
const atom = `(?:[A-Za-z0-9!#$%&'*+/=?^_\`{|}~-]|${otherScripts})+`
const dotString = new RegExp(`^${atom}(?:\\.${atom})*$`, 'u')
const quotedString = new RegExp(`^"(?:[ !#-\\[\\]-~]|\\\\[ -~]|${otherScripts})*"$`, 'u')

/**
 * Whether a text is a mailbox of RFC 5321, section 4.1.2, or of RFC 6531, on a host of the public internet: neither a domain of
 * one label nor an IP address in brackets is taken. The time that it takes is linear in the length of the text.
 */
export function isEmailAddress(text: string): boolean {
  // A quoted local part may have an @ in it, and a domain has none.
  const at = text.lastIndexOf('@')
  const labels = text.slice(at + 1).split('.')
  return (
    octetsOf(text) <= most.octets &&
    at > 0 &&
    isLocalPart(text.slice(0, at)) &&
    labels.length > 1 &&
    labels.every(isLabel)
  )
}

const isLocalPart = (text: string) =>
  octetsOf(text) <= most.octetsOfLocalPart && (dotString.test(text) || quotedString.test(text))

/** A label of a domain is checked in the form that the domain name system uses. */
function isLabel(text: string): boolean {
  if (/[\p{Z}\p{C}]/u.test(text)) return false
  const ascii = /^\p{ASCII}*$/u.test(text) ? text : domainToASCII(text)
  return ascii.length <= most.charactersOfLabel && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(ascii)
}

const octetsOf = (text: string) => Buffer.byteLength(text)
