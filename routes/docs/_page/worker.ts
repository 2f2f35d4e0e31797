import { parentPort } from 'node:worker_threads'
import { readPage } from './index.ts'

// The package holds the page's script twice, 20 MB in all, which end with this thread.
parentPort!.postMessage(await readPage())
