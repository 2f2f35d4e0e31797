import path from 'node:path'
import { parseArgs } from 'node:util'
import { dataFolder, runningStack } from './stack/running.ts'
import { request } from './stack/supervisor/control-request.ts'

// npm run restart
// Restarts the nodes of the running system, one after the other, while the others serve. Exit code 1: a node did not
// become ready, and the nodes after it were not restarted.
try {
  parseArgs({ options: {} })
  const data = dataFolder()
  runningStack(data)
  await request(path.join(data, 'run'), console.log)
  console.log('all nodes were restarted')
} catch (err) {
  console.error(`restart: ${(err as Error).message}`)
  process.exitCode = 1
}
