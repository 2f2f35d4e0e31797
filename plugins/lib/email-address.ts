import { domainToASCII } from 'node:url'

const most = { octets: 254, octetsOfLocalPart: 64, charactersOfLabel: 63 }

/** Characters that cannot be seen. */
const unseen = String.raw`\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800`
/** The characters that RFC 6531 adds to those of ASCII, and the joiners that some scripts have behind a letter. */
const otherScripts = String.raw`[^\p{ASCII}${unseen}][\u200c\u200d\ufe0f]*`
const atom = `(?:[A-Za-z0-9!#$%&'*+/=?^_\`{|}~-]|${otherScripts})+`
const dotString = new RegExp(`^${atom}(?:\\.${atom})*$`, 'u')
const quotedString = new RegExp(`^"(?:[ !#-\\[\\]-~]|\\\\[ -~]|${otherScripts})*"$`, 'u')

/**
 * Whether a text is a mailbox of RFC 5321, section 4.1.2, or of RFC 6531, on a host of the public internet: neither a domain of
 * one label nor an IP address is taken. The time that it takes is linear in the length of the text.
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
    labels.every(isLabel) &&
    !isNumber(labels.at(-1)!)
  )
}

/** The last label of an IPv4 address, as URLs write it. No top-level domain is a number. */
const isNumber = (label: string) => /^(\d+|0x[\da-f]*)$/i.test(label)

const isLocalPart = (text: string) =>
  octetsOf(text) <= most.octetsOfLocalPart && (dotString.test(text) || quotedString.test(text))

const hidden = new RegExp(`[${unseen}]`, 'u')

/** A label of a domain is checked in the form that the domain name system uses. */
function isLabel(text: string): boolean {
  if (hidden.test(text)) return false
  const ascii = /^\p{ASCII}*$/u.test(text) ? text : domainToASCII(text)
  return ascii.length <= most.charactersOfLabel && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(ascii)
}

const octetsOf = (text: string) => Buffer.byteLength(text)
