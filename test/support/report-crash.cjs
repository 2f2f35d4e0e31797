// Loaded into every process of the tests (scripts/test.ts). tap tells nothing of an error that ends a file before its first
// test, such as a node that does not start: it is written to the file that scripts/test.ts prints in the end.
const { appendFileSync } = require('node:fs')

const file = process.env.HOLDFAST_TEST_CRASHES
if (file)
  process.on('uncaughtExceptionMonitor', (err) =>
    appendFileSync(file, `${process.argv[1]}: ${err?.stack ?? err}\n\n`)
  )
