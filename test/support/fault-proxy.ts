import type { Test } from 'tap'
import { openFaultProxy, type FaultProxy } from '../../scripts/stack/test-servers/fault-proxy.ts'

/** A way to a server for as long as a test runs. */
export async function faultProxy(t: Test, target: string): Promise<FaultProxy> {
  const way = await openFaultProxy(target)
  t.teardown(() => way.close())
  return way
}
