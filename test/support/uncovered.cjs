// scripts/test.ts loads this into every process of the tests before anything else. tap 21 records every module that a test
// and its children load, and reads their source maps: for coverage only, and a fifth of the tests' time. It skips modules
// that match this pattern. tap has no option for it, and overwrites the variable in its own process.
process.env._TAPJS_PROCESSINFO_EXCLUDE_ = '/.*/'
