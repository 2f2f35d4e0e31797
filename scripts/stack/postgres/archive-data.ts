import { existsSync, mkdirSync, renameSync } from 'node:fs'
import path from 'node:path'

/** Puts clusters' folders where nobody starts them. @returns where, undefined when there was nothing to put there */
export function archiveData(folder: string, names: readonly string[]): string | undefined {
  const there = names.filter((name) => existsSync(path.join(folder, name)))
  if (there.length === 0) return undefined
  const aside = path.join(folder, `before-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`)
  mkdirSync(aside, { mode: 0o711 })
  for (const name of there) renameSync(path.join(folder, name), path.join(aside, name))
  return aside
}
