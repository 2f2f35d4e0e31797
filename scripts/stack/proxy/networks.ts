import { isIP, isIPv4 } from 'node:net'
import { isNetwork } from '../../../plugins/lib/client-network.ts'

/** Addresses and networks by commas, as `10.0.0.0/8,::1`. @throws one line with the variable's name */
export function networksIn(value: string | undefined, name: string): string[] {
  const networks = (value ?? '').split(',').map((network) => network.trim())
  return networks.filter(Boolean).map((network) => {
    if (isNetwork(network, 0)) return network
    throw new Error(`${name} is made of addresses and networks such as 10.0.0.0/8, not ${network}`)
  })
}

/** @throws one line with the variable's name */
export function addressIn(value: string, name: string): string {
  if (isIP(value)) return value
  throw new Error(`${name} is an address such as 127.0.0.1, not ${value}`)
}

/** Whether only this machine can connect to the address. */
export const isLoopback = (address: string) =>
  address === '::1' || (isIPv4(address) && address.startsWith('127.'))
