import { isIPv6 } from 'node:net'

/** The address by which the limits count a client: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function clientNetworkOf(ip: string): string {
  if (!isIPv6(ip)) return ip
  const groups = expand(ip)
  const isMapped = groups.slice(0, 6).join() === '0,0,0,0,0,ffff'
  return isMapped ? dotted(groups.slice(6)) : groups.slice(0, 4).join(':')
}

const dotted = (groups: string[]) =>
  groups
    .map((hex) => Number.parseInt(hex, 16))
    .flatMap((bits) => [bits >> 8, bits & 255])
    .join('.')

function expand(ip: string): string[] {
  // The canonical form of the address, as URLs write it. URLs know no zone.
  const canonical = new URL(`http://[${ip.replace(/%.*/, '')}]`).hostname.slice(1, -1)
  const [head = [], tail = []] = canonical
    .split('::')
    .map((part) => part.split(':').filter(Boolean))
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
}
