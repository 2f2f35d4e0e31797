import { readdir, readFile } from 'node:fs/promises'

/**
 * `rows`: it writes rows, so it runs on the primary only. `primaryFirst`: it adds a restriction to existing rows.
 * `concurrently`: it builds indexes while the shop writes, outside any transaction.
 * `inBatches`: it commits while it runs, so that it never holds many rows; it can be run again after it was interrupted.
 */
export type SqlFile = {
  name: string
  path: string
  text: string
  rows: boolean
  primaryFirst: boolean
  concurrently: boolean
  inBatches: boolean
}

/** The files of sql/migrations or sql/functions in the order of their names. */
export async function sqlFiles(base: URL, folder: 'migrations' | 'functions'): Promise<SqlFile[]> {
  const root = new URL(`${folder}/`, base)
  const names = (await readdir(root)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (file) => {
      const text = await readFile(new URL(file, root), 'utf8')
      const name = file.slice(0, -'.sql'.length)
      return {
        name,
        path: `sql/${folder}/${file}`,
        text,
        rows: name.endsWith('.rows'),
        primaryFirst: /^-- primary first\b/im.test(text),
        concurrently: /^-- concurrently\b/im.test(text),
        inBatches: /^-- in batches\b/im.test(text)
      }
    })
  )
}
