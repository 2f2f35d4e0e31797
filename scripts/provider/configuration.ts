import { readConfig, type Config } from '../../plugins/kernel/config.ts'
import { dataFolder } from '../stack/running.ts'

/** The variables of a node for a program that uses the payment provider alone: it needs no servers and signs nothing. */
export const providerConfiguration = (): Config =>
  readConfig({
    ...process.env,
    HOLDFAST_DATA: dataFolder(),
    PRIMARY_URL: 'postgres://127.0.0.1/none',
    REDIS_URL: 'redis://127.0.0.1',
    COOKIE_SECRET: process.env.COOKIE_SECRET || 'of-no-use-here-'.repeat(3)
  })
