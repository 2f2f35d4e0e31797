import { choosePort, rowOfPorts } from './supervisor/ports.ts'

/** The environment of an `npm start` that shares nothing with other systems: a data folder, free ports, no external server. */
export async function managedEnvironment(data: string, nodes: number) {
  const port = await choosePort()
  return {
    HOLDFAST_DATA: data,
    HOLDFAST_PORT: `${port}`,
    HOLDFAST_NODES: `${nodes}`,
    HOLDFAST_NODE_PORT: `${await rowOfPorts(nodes, port)}`,
    HOLDFAST_BACKUPS: '',
    HOLDFAST_HOST: '',
    HOLDFAST_BALANCE: '',
    HOLDFAST_ADMIN_FROM: '',
    HOLDFAST_TRUSTED_PROXIES: '',
    HOLDFAST_PUBLIC_URL: '',
    HOLDFAST_STATUS_PORT: '',
    CORS_ORIGINS: '',
    HOLDFAST_TLS: '',
    HOLDFAST_TLS_CERTIFICATE: '',
    HOLDFAST_TLS_KEY: '',
    PRIMARY_URL: '',
    REPLICA_URLS: '',
    REDIS_URL: '',
    CACHE_REDIS_URL: '',
    ADMIN_API_KEY: ''
  }
}
