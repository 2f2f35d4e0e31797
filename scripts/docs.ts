import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { configuration } from './docs/configuration.ts'
import { formatted, type Generated } from './docs/generated.ts'
import { root } from './stack/settings.ts'

// Writes the documents that are generated from the code. test/docs compares each with its file.
export const generators: Generated[] = [configuration]

if (import.meta.main) {
  for (const document of generators) {
    const file = path.join(root, document.file)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, await formatted(document))
    console.log(`wrote ${document.file}`)
  }
}
