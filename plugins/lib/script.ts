import { readFileSync } from 'node:fs'

/** The text of a script that stands beside the plugin that calls it: `script(import.meta, 'reserve.lua')`. */
export const script = (module: ImportMeta, file: string) =>
  readFileSync(new URL(file, module.url), 'utf8')
