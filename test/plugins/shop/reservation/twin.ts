type Product = {
  known: { epoch: string; quantity: number; version: number; pending: number } | undefined
  /** Units by `units:hold`; over: the hold ends with the next call. */
  holds: Map<string, { units: number; over: boolean }>
}

/** reserve.lua and settle.lua in TypeScript. Numbers are always fresh or always old; a hold is over at once or never. */
export function twin(products: string[]) {
  const state = new Map<string, Product>(
    products.map((name) => [name, { known: undefined, holds: new Map() }])
  )
  const of = (name: string) => state.get(name)!

  function endHolds({ known, holds }: Product) {
    for (const [member, { units, over }] of holds) {
      if (!over) continue
      holds.delete(member)
      if (known) known.pending -= units
    }
  }

  return {
    reserve(
      lines: Record<string, number>,
      hold: string,
      terms: { epoch: string; over: boolean; fresh: boolean }
    ): (string | number)[] {
      const names = Object.entries(lines)
      const found: Record<'miss' | 'refused' | 'verify' | 'contended', number[]> = {
        refused: [],
        miss: [],
        verify: [],
        contended: []
      }
      names.forEach(([name, units], at) => {
        const product = of(name)
        endHolds(product)
        const { known, holds } = product
        if (!known || known.epoch < terms.epoch) return found.miss.push(at + 1)
        const mine = holds.has(`${units}:${hold}`) ? units : 0
        if (known.quantity < units)
          return terms.fresh
            ? found.refused.push(at + 1, known.quantity)
            : found.verify.push(at + 1)
        if (known.quantity - (known.pending - mine) < units) return found.contended.push(at + 1)
      })
      for (const word of ['miss', 'verify', 'refused', 'contended'] as const)
        if (found[word].length > 0) return [word, ...found[word]]

      for (const [name, units] of names) {
        const { known, holds } = of(name)
        if (!holds.has(`${units}:${hold}`)) known!.pending += units
        holds.set(`${units}:${hold}`, { units, over: terms.over })
      }
      return ['ok']
    },

    settle(
      lines: Record<string, [held: number, quantity: number, version: number]>,
      hold: string,
      epoch: string
    ): number {
      let crossed = 0
      for (const [name, [held, quantity, version]] of Object.entries(lines)) {
        const product = of(name)
        if (product.holds.delete(`${held}:${hold}`) && product.known) product.known.pending -= held
        const { known } = product
        if (!known || known.epoch < epoch) {
          if (known) known.pending = 0
          product.known = undefined
          endHolds(product)
          const pending = [...product.holds.values()].reduce((sum, { units }) => sum + units, 0)
          product.known = { epoch, quantity, version, pending }
        } else if (known.epoch === epoch && version >= known.version) {
          if (known.quantity > 0 !== quantity > 0) crossed++
          product.known = { ...known, quantity, version }
        }
      }
      return crossed
    },

    forget: (name: string) => (of(name).known = undefined),
    flush: () =>
      products.forEach((name) => state.set(name, { known: undefined, holds: new Map() })),
    of
  }
}
