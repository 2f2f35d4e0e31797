import { readFile } from 'node:fs/promises'
import type { Client } from 'pg'

/**
 * Makes a restored database another shop, such as a staging system: a shop id of its own, so that charges of the original are
 * not taken for its own even with the original's account at the payment provider; no provider yet, so that the first node names
 * its own; and no open payment or refund, because those are the original's.
 *
 * @throws when the backup is of a release that knows no shop id
 */
export async function becomeAnotherShop(client: Client): Promise<void> {
  const { rows } = await client.query<{ known: boolean }>(
    `select to_regclass('public.epochs') is not null as known`
  )
  if (!rows[0]!.known)
    throw new Error(
      'the backup is of an earlier release: restore it without --copy, and back it up'
    )
  await client.query(await readFile(new URL('another-shop.sql', import.meta.url), 'utf8'))
}
