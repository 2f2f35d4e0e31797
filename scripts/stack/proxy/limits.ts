import type { Limits } from './settings.ts'

/** The values of the template for each limit that is on: `api`, `api_rate`, `api_burst`, `api_seconds`. */
export function limitValues(limits: Limits): Record<string, string> {
  const on = Object.entries(limits).filter(([, most]) => most > 0)
  return Object.assign({}, ...on.map(([name, most]) => valuesOf(name, most)))
}

function valuesOf(name: string, most: number) {
  const seconds = Math.ceil(60 / most)
  return {
    [name]: `${most}`,
    [`${name}_rate`]: `${rateOf(most, seconds)}`,
    [`${name}_burst`]: most > 1 ? ` burst=${most - 1} nodelay` : '',
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
