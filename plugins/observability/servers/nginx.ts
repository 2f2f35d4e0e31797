import type { Registry } from 'prom-client'
import { onScrape } from '../../kernel/scraped-metrics.ts'

const text = /Active connections: (\d+)\s+server accepts handled requests\s+(\d+) (\d+) (\d+)/

/** The proxy's own counts (stub_status) at this URL. */
export function openNginxMetrics(registry: Registry, url: string) {
  const { up, gauge, counter } = onScrape(registry, async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(900) })
    const found = text.exec(await answer.text())
    if (!found) throw new Error(`${url} does not answer as stub_status does`)
    const [active, accepted, handled, requests] = found.slice(1).map(Number)
    return { active: active!, refused: accepted! - handled!, requests: requests! }
  })

  up('holdfast_nginx_up', 'The proxy answers this node; 1 is good')
  gauge('holdfast_nginx_connections', 'Open connections to the proxy', ({ active }) => [[active]])
  counter('holdfast_nginx_requests_total', 'Requests that came to the proxy', (of) => of.requests)
  counter(
    'holdfast_nginx_refused_connections_total',
    'Connections that were dropped for want of room; 0 is good',
    ({ refused }) => refused
  )
}
