import { uuidForm } from '../../kernel/http/schemas.ts'
import type { Charge } from '../../shop/payments/port.ts'
import type { OurOrigin } from './queries.ts'

/**
 * A charge's time is the provider's clock, the end of an epoch the database's. If the provider's clock is behind by more than
 * this, a charge that an old primary made just after the promotion counts as ours; if it is ahead, charges of the last moment
 * before the end count as foreign. Both are reported before anything is given back. With clocks that agree no charge of the
 * last moment is missed: an epoch ends this long after the old primary was seen to be gone (`beginEpoch`).
 */
export const skewMs = 2000

/**
 * Whether this database has lost the charge's order: the charge is of this shop, in an epoch that this database has had, and
 * was decided before that epoch ended here. An old primary that lives on after a promotion charges with the old epoch, and its
 * goods may ship: those charges are not ours.
 */
export function isOurs({ payment_id, shop, epoch, decided_at }: Charge, ours: OurOrigin): boolean {
  if (shop !== ours.shop || epoch === null || !uuidForm.test(payment_id)) return false
  const found = ours.epochs.find((one) => one.epoch === epoch)
  if (!found) return false
  return found.ended_at === null || decided_at.getTime() < found.ended_at.getTime() - skewMs
}
