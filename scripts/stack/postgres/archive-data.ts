import { existsSync, mkdirSync, renameSync } from 'node:fs'
import path from 'node:path'

/** Moves clusters' folders into `before-<time>`, where no server is started. @returns that folder, if there was one to move */
export function archiveData(folder: string, names: readonly string[]): string | undefined {
  const found = names.filter((name) => existsSync(path.join(folder, name)))
  if (found.length === 0) return undefined
  const archive = path.join(folder, `before-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`)
  mkdirSync(archive, { mode: 0o711 })
  for (const name of found) renameSync(path.join(folder, name), path.join(archive, name))
  return archive
}
