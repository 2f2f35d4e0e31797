// Loaded into every process of the tests before anything else (scripts/test.ts). tap takes notes of every module that a test
// and its children load, and reads their source maps: for coverage only, and a fifth of the tests' time. Nothing is noted of
// what this pattern fits; tap has no option for it, and overwrites the variable in its own process.
process.env._TAPJS_PROCESSINFO_EXCLUDE_ = '/.*/'
