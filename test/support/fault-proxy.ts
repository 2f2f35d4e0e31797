import type { Test } from 'tap'
import { openProxy, type Proxy } from '../../scripts/stack/test-servers/fault-proxy.ts'

/** A way to a server for as long as a test runs. */
export async function proxy(t: Test, target: string): Promise<Proxy> {
  const way = await openProxy(target)
  t.teardown(() => way.close())
  return way
}
