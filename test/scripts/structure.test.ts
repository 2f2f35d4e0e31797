import t from 'tap'
import { findMisplacedImports } from '../../scripts/structure/imports.ts'
import { findUnregistered } from '../../scripts/structure/members.ts'
import { findForbiddenWords } from '../../scripts/structure/words.ts'

const plugin = 'export default fp(async () => {}, { name: "x" })\nexport const most = 3\n'

t.test('the structure check lets a group import itself, and groups before it', async (t) => {
  const files = [
    {
      name: 'plugins/shop/a.ts',
      text: "import { b } from './b.ts'\nimport { c } from '../kernel/c.ts'"
    },
    { name: 'plugins/shop/b.ts', text: '' },
    { name: 'plugins/kernel/c.ts', text: "import { d } from '../lib/d.ts'" },
    { name: 'plugins/lib/d.ts', text: "import type { FastifyInstance } from 'fastify'" }
  ]
  t.same(findMisplacedImports(files), [])
})

t.test('the structure check refuses an import of a later group, of types too', async (t) => {
  const files = [
    { name: 'plugins/kernel/metrics.ts', text: "import type { M } from '../shop/metrics.ts'" },
    { name: 'plugins/shop/metrics.ts', text: '' }
  ]
  t.match(findMisplacedImports(files), [/kernel comes before shop/])
})

t.test('the structure check refuses an import of the project in lib', async (t) => {
  const text = "import type { Database } from '../../sql/types.ts'"
  t.match(findMisplacedImports([{ name: 'plugins/lib/lsn.ts', text }]), [/lib imports nothing/])
})

t.test('the structure check refuses what a room must not know', async (t) => {
  const faults = [
    ['plugins/http/a.ts', '../../routes/cart/index.ts'],
    ['routes/cart/a.ts', '../../scripts/seed.ts'],
    ['scripts/stack/databases.ts', '../migrate.ts']
  ].map(([name, target]) => ({ name: name!, text: `import { a } from '${target}'` }))
  t.equal(findMisplacedImports(faults).length, 3)
})

t.test(
  'the structure check refuses a value of a plugin, and lets its types and its registration be',
  async (t) => {
    const files = [
      { name: 'plugins/shop/cart/index.ts', text: plugin },
      { name: 'plugins/shop/index.ts', text: "import cart from './cart/index.ts'" },
      { name: 'plugins/shop/a.ts', text: "import type { Cart } from './cart/index.ts'" },
      { name: 'plugins/shop/b.ts', text: "import { type Cart } from './cart/index.ts'" },
      {
        name: 'routes/cart/index.ts',
        text: "import { most } from '../../plugins/shop/cart/index.ts'"
      }
    ]
    t.match(findMisplacedImports(files), [/^routes\/cart\/index\.ts imports .*values belong/])
  }
)

t.test(
  'the structure check tells of a plugin that no index registers, or that lies outside every group',
  async (t) => {
    const files = [
      {
        name: 'plugins/shop/index.ts',
        text: "import cart from './cart.ts'\nawait fastify.register(cart)"
      },
      { name: 'plugins/shop/cart.ts', text: plugin },
      { name: 'plugins/shop/forgotten.ts', text: plugin },
      { name: 'plugins/stray.ts', text: '' }
    ]
    t.match(findUnregistered(files), [
      /stray\.ts is in no group/,
      /forgotten\.ts is registered 0 times/
    ])
  }
)

t.test('the structure check tells of a forbidden word, with its line', async (t) => {
  const text = '// A comment.\n// Whoever reads this knows nobody at the door.'
  t.match(findForbiddenWords([{ name: 'plugins/shop/a.ts', text }]), [
    /^plugins\/shop\/a\.ts:2 says "nobody"/,
    /"Whoever"/,
    /"the door": the proxy/
  ])
})
