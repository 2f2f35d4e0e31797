import { isIP } from 'node:net'

/** Addresses and networks by commas, as `10.0.0.0/8,::1`. @throws one line with the variable's name */
export function networksIn(value: string | undefined, name: string): string[] {
  const networks = (value ?? '').split(',').map((network) => network.trim())
  return networks.filter(Boolean).map((network) => {
    if (isNetwork(network)) return network
    throw new Error(`${name} is made of addresses and networks such as 10.0.0.0/8, not ${network}`)
  })
}

/** @throws one line with the variable's name */
export function addressIn(value: string, name: string): string {
  if (isIP(value)) return value
  throw new Error(`${name} is an address such as 127.0.0.1, not ${value}`)
}

/** Whether only this machine can connect to the address. */
export const isLoopback = (address: string) => /^127\.|^::1$/.test(address)

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const version = isIP(address)
  if (!version || more.length > 0 || address.includes('%')) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)
}
