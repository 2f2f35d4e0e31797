import type { Registry } from 'prom-client'
import { onScrape } from '../../kernel/scraped-metrics.ts'

const text = /Active connections: (\d+)\s+server accepts handled requests\s+(\d+) (\d+) (\d+)/

/** What the door says of itself (stub_status) at this URL. */
export function openNginxMetrics(registry: Registry, url: string) {
  const { up, gauge, counter } = onScrape(registry, async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(900) })
    const found = text.exec(await answer.text())
    if (!found) throw new Error(`${url} is no stub_status`)
    const [active, accepted, handled, requests] = found.slice(1).map(Number)
    return { active: active!, refused: accepted! - handled!, requests: requests! }
  })

  up('holdfast_nginx_up', 'The door says how it does; 1 is good')
  gauge('holdfast_nginx_connections', 'Open connections to the door', ({ active }) => [[active]])
  counter('holdfast_nginx_requests_total', 'Requests that came to the door', (of) => of.requests)
  counter(
    'holdfast_nginx_refused_connections_total',
    'Connections that were dropped for want of room; 0 is good',
    ({ refused }) => refused
  )
}
