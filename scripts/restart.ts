import path from 'node:path'
import { dataFolder, runningStack } from './stack/running.ts'
import { wish } from './stack/supervisor/control-request.ts'

// Starts the nodes of the running system anew, one after the other, while the others serve. Exit code 1: not all of them.
try {
  const data = dataFolder()
  runningStack(data)
  await wish(path.join(data, 'run'), console.log)
  console.log('all nodes are new')
} catch (err) {
  console.error(`restart: ${(err as Error).message}`)
  process.exitCode = 1
}
