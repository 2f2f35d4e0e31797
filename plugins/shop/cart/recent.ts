/** Which products the carts had that this node has seen lately. */
export type Recent = ReturnType<typeof openRecent>

/**
 * A guess, with which one call can ask for all that a cart needs: another node may have changed the cart meanwhile. Of the
 * carts that were seen longest ago nothing is kept when all of them have more than `most` lines.
 */
export function openRecent(most: number) {
  const carts = new Map<string, string[]>()
  let lines = 0

  function drop(session: string) {
    lines -= carts.get(session)?.length ?? 0
    carts.delete(session)
  }

  return {
    of: (session: string) => carts.get(session) ?? [],

    note(session: string, product_ids: string[]) {
      drop(session)
      if (product_ids.length === 0) return
      carts.set(session, product_ids)
      lines += product_ids.length
      for (const oldest of carts.keys()) {
        if (lines <= most) break
        drop(oldest)
      }
    }
  }
}
