import type { Limits } from './settings.ts'

/**
 * The values of the template for each limit: `count_api`, by which a location counts its requests, and when the limit is on
 * `api`, `api_rate` and `api_seconds`.
 */
export function limitValues(limits: Limits): Record<string, string> {
  return Object.assign({}, ...Object.entries(limits).map(([name, most]) => valuesOf(name, most)))
}

function valuesOf(name: string, most: number) {
  const zone = `set $zone ${name};`
  if (most === 0) return { [`count_${name}`]: zone }
  const seconds = Math.ceil(60 / most)
  const burst = most > 1 ? ` burst=${most - 1} nodelay` : ''
  const limits = [`limit_req zone=${name}${burst};`]
  // Outside the API a preflight counts as any request.
  if (name !== 'ops') limits.push('limit_req zone=preflights burst=1199 nodelay;')
  return {
    [`count_${name}`]: [zone, ...limits].join(' '),
    [name]: `${most}`,
    [`${name}_rate`]: `${rateOf(most, seconds)}`,
    // The time until one more request is allowed.
    [`${name}_seconds`]: `${seconds}`
  }
}

/**
 * The rate a minute for NGINX, which rounds it down to thousandths of a request a second: 10 a minute would be 0.166 a second,
 * and a client that waits 6 s as it was told would be refused. The least rate that keeps the promise.
 */
function rateOf(most: number, seconds: number): number {
  let rate = most
  while (Math.floor((rate * 1000) / 60) * seconds < 1000) rate++
  return rate
}
