import { choosePort, rowOfPorts } from './supervisor/ports.ts'

/** What `npm start` is told so that it meets no other system: a data folder, free ports, and no server or key of somebody else's. */
export async function managedEnvironment(data: string, nodes: number) {
  const door = await choosePort()
  return {
    HOLDFAST_DATA: data,
    HOLDFAST_PORT: `${door}`,
    HOLDFAST_NODES: `${nodes}`,
    HOLDFAST_NODE_PORT: `${await rowOfPorts(nodes, door)}`,
    HOLDFAST_BACKUPS: '',
    HOLDFAST_HOST: '',
    HOLDFAST_BALANCE: '',
    HOLDFAST_ADMIN_FROM: '',
    HOLDFAST_TLS: '',
    HOLDFAST_TLS_CERTIFICATE: '',
    HOLDFAST_TLS_KEY: '',
    PRIMARY_URL: '',
    REPLICA_URLS: '',
    REDIS_URL: '',
    ADMIN_API_KEY: ''
  }
}
