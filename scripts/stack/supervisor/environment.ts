/**
 * The environment of PostgreSQL's servers and tools: without the PG* variables of the shell, which the tools, the server and
 * its replication obey, and with messages in English, which programs read. (PG_BIN is ours.)
 */
export function toolsEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^PG[A-Z]/.test(name))
  return { ...Object.fromEntries(kept), LC_ALL: 'C' }
}
