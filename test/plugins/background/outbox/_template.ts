import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { CloudEvent } from '../../../../plugins/background/outbox/sinks/sink.ts'
import { templateSink } from '../../../../plugins/background/outbox/sinks/_template.ts'
import type { SinkUnderTest } from '../../../contracts/event-sink.ts'
import { build } from '../../../support/build.ts'

/** What the contract needs of the sink: how a consumer reads it, and how it comes to refuse and to be unreachable. */
export async function templateStage(t: Test): Promise<SinkUnderTest> {
  const node = await build(t)
  const sink = templateSink(node)
  const folder = join(node.config.HOLDFAST_DATA, 'template')
  return {
    sink,
    async received(aggregatetype) {
      const text = await readFile(join(folder, aggregatetype), 'utf8')
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as CloudEvent)
    },
    refuse: async ({ aggregatetype }) => void (await mkdir(join(folder, aggregatetype))),
    async cutOff() {
      await rename(folder, `${folder}-away`)
      return () => rename(`${folder}-away`, folder)
    }
  }
}
