import { rm } from 'node:fs/promises'
import t from 'tap'
import { copySource, run } from '../mutations/mutate.ts'
import { mutations } from '../mutations/mutations.ts'
import { testServers } from '../support/environment.ts'
import { isLong } from './flows.ts'

// Do the tests fail when the source is broken? `npm run test:mutations` breaks it in every place of the table; this file only
// in the places whose tests are quick.
t.setTimeout(600_000)
for (const { name, changes, command, test } of mutations.filter(({ slow }) => isLong || !slow))
  t.test(`a test fails when the source is broken so: ${name}`, { timeout: 120_000 }, async (t) => {
    const servers = testServers()
    const copy = await copySource(servers, changes)
    const { word, output } = await run(servers, copy, { command, ...(test && { test }) })
    t.equal(word, 'fails', command.join(' '), { output })
    await rm(copy, { recursive: true })
  })
