import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { root } from '../stack/settings.ts'

/** A document that is generated from the code. */
export type Generated = {
  /** Its path in the repository. */
  file: string
  write: () => string | Promise<string>
}

/** The document in the format that `npm run check` accepts. */
export async function formatted({ file, write }: Generated): Promise<string> {
  const filepath = path.join(root, file)
  const options = await resolveConfig(filepath)
  return format(await write(), { ...options, filepath })
}
