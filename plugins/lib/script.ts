import { readFileSync } from 'node:fs'

/** The text of a Lua or SQL script beside the plugin that runs it: `script(import.meta, 'reserve.lua')`. */
export const script = (module: ImportMeta, file: string) =>
  readFileSync(new URL(file, module.url), 'utf8')
