/**
 * Flags of every node, wherever it is started: infra/systemd and infra/Dockerfile have the same ones.
 *
 * Node would let the young generation grow to 192 MB and the old one to four times its live size. Measured under listings, details,
 * carts and checkouts (32 to 128 connections, two processors): at most 243 MB instead of 347 MB, for the same processor time
 * (0.95 of it for listings). 16 MB takes 230 MB and a fifth more processor time; `--max-old-space-size` near the live size takes
 * many times as much.
 */
export const nodeFlags = ['--max-semi-space-size=32', '--heap-growing-percent=50']
