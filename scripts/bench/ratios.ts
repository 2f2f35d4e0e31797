/** What a subject is held against, and how much of it there must be, and should. */
export type Ratio = { name: string; subject: Subject; limit: Subject; must?: number; goal?: number }

/** Everything that is measured, in the order of a round: a limit stands beside its subject. */
export const subjects = [
  'bare details',
  'redis details',
  'details',
  'bare listing',
  'redis listing',
  'listing',
  'listings',
  'search',
  'order status',
  'bare add',
  'add to cart',
  'bare refusal',
  'sold out',
  'checkout of a cart',
  'functions alone',
  'pgbench spread',
  'checkout spread',
  'checkout hot',
  'pgbench hot'
] as const

export type Subject = (typeof subjects)[number]

const bars = (must: number, goal: number) => ({ must, goal })

/** The bars of checkout differ by where the replicas' work is done. */
export function ratiosOf(replicas: 'attached' | 'elsewhere'): Ratio[] {
  const here = replicas === 'attached'
  return [
    { name: 'details / bare', subject: 'details', limit: 'bare details', ...bars(0.3, 0.4) },
    { name: 'details / one GET', subject: 'details', limit: 'redis details', ...bars(0.38, 0.5) },
    { name: 'listing / bare', subject: 'listing', limit: 'bare listing', ...bars(0.4, 0.55) },
    { name: 'listing / one GET', subject: 'listing', limit: 'redis listing', ...bars(0.7, 0.95) },
    { name: '50 listings / bare', subject: 'listings', limit: 'bare listing', ...bars(0.2, 0.3) },
    { name: 'search / bare', subject: 'search', limit: 'bare listing' },
    { name: 'order status / bare', subject: 'order status', limit: 'bare details' },
    { name: 'add to cart / bare', subject: 'add to cart', limit: 'bare add', ...bars(0.15, 0.25) },
    { name: 'sold out / bare', subject: 'sold out', limit: 'bare refusal', ...bars(0.15, 0.3) },
    { name: 'cart / spread', subject: 'checkout of a cart', limit: 'checkout spread' },
    {
      name: 'checkout / pgbench',
      subject: 'checkout spread',
      limit: 'pgbench spread',
      ...(here ? bars(0.15, 0.3) : bars(0.35, 0.6))
    },
    {
      name: 'hot checkout / pgbench',
      subject: 'checkout hot',
      limit: 'pgbench hot',
      ...(!here && bars(2, 4))
    },
    { name: 'hot / spread', subject: 'checkout hot', limit: 'checkout spread', ...bars(0.9, 1) },
    {
      name: 'checkout / functions',
      subject: 'checkout spread',
      limit: 'functions alone',
      ...bars(0.5, 0.75)
    }
  ]
}

export type Figure = Ratio & {
  median: number
  /** Half of what lies between the rounds' smallest and largest ratio, as a share of the median. */
  spread: number
}

/** More than this between rounds is no result: something else was at work on the machine. */
export const quiet_spread = 0.15

/** @param rates operations a second of each subject, one a round */
export function figures(ratios: Ratio[], rates: ReadonlyMap<Subject, number[]>): Figure[] {
  return ratios.flatMap((ratio) => {
    const above = rates.get(ratio.subject)
    const below = rates.get(ratio.limit)
    if (!above || !below) return []
    const of_rounds = above.map((rate, round) => rate / below[round]!)
    const middle = median(of_rounds)
    return [
      {
        ...ratio,
        median: middle,
        spread: (Math.max(...of_rounds) - Math.min(...of_rounds)) / 2 / middle
      }
    ]
  })
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
