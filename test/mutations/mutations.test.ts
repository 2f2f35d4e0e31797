import { rm } from 'node:fs/promises'
import t from 'tap'
import { isLong } from '../system/flows.ts'
import { testServers } from '../support/environment.ts'
import { copySource, mutated, root, run } from './mutate.ts'
import { mutations } from './mutations.ts'

// Do the tests bite? `npm run test:mutations` breaks the source in every place of the table; here in those that are quick.
t.test('every mutation is one of the source as it is', async (t) => {
  for (const { name, changes } of mutations)
    for (const change of changes) await t.resolves(mutated(root, change), name)
})

t.setTimeout(600_000)
for (const { name, changes, command, test } of mutations.filter(({ slow }) => isLong || !slow))
  t.test(`is noticed: ${name}`, { timeout: 120_000 }, async (t) => {
    const servers = testServers()
    const copy = await copySource(servers, changes)
    const { word, output } = await run(servers, copy, { command, ...(test && { test }) })
    t.equal(word, 'fails', command.join(' '), { output })
    await rm(copy, { recursive: true })
  })
