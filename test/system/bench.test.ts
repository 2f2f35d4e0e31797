import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../../scripts/stack/settings.ts'

// The times of so short a run say nothing: what is checked is that every answer is the expected one, and what is written.
t.test(
  'npm run bench measures reads and checkouts beside their limits, and invariants hold',
  async (t) => {
    const file = path.join(t.testdir(), 'bench.json')
    const words = ['--rounds', '1', '--seconds', '1', '--orders', '1000', '--products', '300']
    const only = ['--only', 'details,add to cart,sold,checkout', '--json', file]
    const command = ['run', 'bench', '--', ...words, ...only]
    const said = await promisify(execFile)('npm', command, { cwd: root }).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`
    )
    if (!t.match(said, /all \d+ invariants hold/)) return
    const { ratios, costs, memory_mb } = JSON.parse(await readFile(file, 'utf8'))
    const names = ratios.map(({ name }: { name: string }) => name)
    for (const name of ['details / bare', 'checkout / pgbench', 'checkout / functions'])
      t.ok(names.includes(name), name)
    for (const { median } of ratios) t.ok(median > 0 && median < 100)
    for (const { rate, us } of costs) t.ok(rate > 1 && Object.values(us).some(Boolean))
    t.ok(memory_mb > 50)
  }
)
