import type { Test } from 'tap'
import { openFaultProxy, type FaultProxy } from '../../scripts/stack/test-servers/fault-proxy.ts'

/** Opens a fault proxy to a server; closed when the test ends. */
export async function faultProxy(t: Test, target: string): Promise<FaultProxy> {
  const proxy = await openFaultProxy(target)
  t.teardown(() => proxy.close())
  return proxy
}
