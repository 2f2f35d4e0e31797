import { isIP, isIPv4, isIPv6 } from 'node:net'

/**
 * The address by which the limits count a client: an IPv4 address, or the first 64 bits of an IPv6 address. Some proxies write
 * a port behind the address that they forward. Clients whose address is none share one count, and so do connections that were
 * reset before their address was read.
 */
export function clientNetworkOf(client: string | undefined): string {
  const ip = withoutPort(client ?? '')
  if (isIPv4(ip)) return ip
  if (!isIPv6(ip)) return 'unknown'
  const groups = expand(ip)
  const isMapped = groups.slice(0, 6).join() === '0,0,0,0,0,ffff'
  return isMapped ? dotted(groups.slice(6)) : groups.slice(0, 4).join(':')
}

/** An address, or a network as `10.0.0.0/8` or `2001:db8::/32`. `least_bits`: 0 lets a network be every address. */
export function isNetwork(text: string, least_bits = 1): boolean {
  const [, ip = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? []
  const family = isIP(ip)
  if (family === 0 || ip.includes('%')) return false
  return (
    bits === undefined || (Number(bits) >= least_bits && Number(bits) <= (family === 4 ? 32 : 128))
  )
}

/** 203.0.113.7:4711 and [2001:db8::1]:4711 without the port. */
const withoutPort = (client: string) =>
  /^\[([^\]]*)\](?::\d+)?$/.exec(client)?.[1] ?? client.replace(/^([\d.]+):\d+$/, '$1')

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
