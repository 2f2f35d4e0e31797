import t from 'tap'
import { mutated, root } from './mutate.ts'
import { mutations } from './mutations.ts'

t.test('every mutation finds the text that it replaces exactly once in the source', async (t) => {
  for (const { name, changes } of mutations)
    for (const change of changes) await t.resolves(mutated(root, change), name)
})
