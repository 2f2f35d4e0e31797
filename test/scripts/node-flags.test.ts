import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { nodeFlags } from '../../scripts/stack/nodes/flags.ts'
import { startNodes } from '../../scripts/stack/nodes/start.ts'
import { root } from '../../scripts/stack/settings.ts'
import type { Stack } from '../../scripts/stack/supervisor/stack.ts'

const read = (file: string) => readFileSync(path.join(root, 'infra', file), 'utf8')

t.test('every way to start a node bounds its memory by the same flags', async (t) => {
  t.match(
    read('systemd/holdfast-node@.service'),
    `ExecStart=/usr/bin/node ${nodeFlags.join(' ')} server.ts`
  )
  t.match(
    read('Dockerfile'),
    `CMD ["node", ${nodeFlags.map((flag) => `"${flag}"`).join(', ')}, "server.ts"]`
  )
})

t.test('npm start gives every node the flags', async (t) => {
  const launched: string[][] = []
  const stack: Stack = {
    run: '',
    stop: async () => {},
    keep(_kind, name, { words }) {
      launched.push(words)
      return { name, pid: 1, ready: async () => {}, restart: async () => {}, stop: async () => {} }
    }
  }
  await startNodes(stack, [1, 2], () => ({}))
  for (const [program, ...words] of launched)
    t.same([program, ...words], [process.execPath, ...nodeFlags, path.join(root, 'server.ts')])
  t.equal(launched.length, 2)
})
