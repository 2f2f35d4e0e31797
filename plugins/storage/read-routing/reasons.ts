/**
 * Why a database served a read. A replica: it was its turn, or it caught up after a short wait. The primary: the client's
 * token is invalid or its session is not known (token); no replica caught up in time (wait); all replicas are ejected;
 * the replica failed (error); the replica lacked the row (missing); there are no replicas (none).
 */
export type ReadReason = 'turn' | 'wait' | (typeof primaryReasons)[number]
export const primaryReasons = ['token', 'wait', 'ejected', 'error', 'missing', 'none'] as const
