import { rm } from 'node:fs/promises'
import t from 'tap'
import { isLong } from '../system/flows.ts'
import { testServers } from '../support/environment.ts'
import { copySource, mutated, root, run } from './mutate.ts'
import { mutations } from './mutations.ts'

// Do the tests notice a broken source? `npm run test:mutations` breaks it in every place of the table, this file in the quick ones.
t.test('every mutation finds the text in the source that it replaces', async (t) => {
  for (const { name, changes } of mutations)
    for (const change of changes) await t.resolves(mutated(root, change), name)
})

t.setTimeout(600_000)
for (const { name, changes, command, test } of mutations.filter(({ slow }) => isLong || !slow))
  t.test(`a test notices: ${name}`, { timeout: 120_000 }, async (t) => {
    const servers = testServers()
    const copy = await copySource(servers, changes)
    const { word, output } = await run(servers, copy, { command, ...(test && { test }) })
    t.equal(word, 'fails', command.join(' '), { output })
    await rm(copy, { recursive: true })
  })
