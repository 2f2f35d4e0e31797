import path from 'node:path'
import t from 'tap'
import { lacks, openShop, pythonTools, run } from './shop.ts'
import { accepted, unsayable } from './unsayable.ts'

t.test(
  'schemathesis finds nothing but rules that OpenAPI cannot say',
  { skip: lacks('python3'), timeout: 600_000 },
  async (t) => {
    const [{ folder, url, env }, python] = await Promise.all([openShop(t), pythonTools()])
    const options = {
      '--header': `Authorization: Bearer ${env.SHOP_KEY}`,
      '--checks': 'all',
      '--phases': 'examples,coverage,fuzzing',
      '--max-examples': '15',
      '--seed': '1',
      // It checks the whole shop with each request.
      '--exclude-operation-id': 'checkInvariants'
    }
    const words = ['run', `${url}/openapi.json`, ...Object.entries(options).flat()]
    const program = path.join(python, 'bin/schemathesis')
    // It ends with an error when it finds anything, a rule of the list too.
    const report = await run(program, words, { cwd: folder, env: { NO_COLOR: '1' } }).catch(
      (err: Error) => err.message
    )
    t.match(report, /\d+ generated/, 'it ran to its end')
    for (const [failure] of report.matchAll(/^- ST\d+ [^]*?Reproduce with:[^]*?\n\n/gm))
      if (!isKnown(failure)) t.fail(failure)
  }
)

function isKnown(failure: string) {
  const [, check, status, text = ''] =
    /^- ST(\d+)[^]*?^\[(\d+)\][^]*?^ *`(\{.*)$/m.exec(failure) ?? []
  if (check === '201')
    return accepted.some((rule) => rule.status === status && rule.detail.test(failure))
  const code = /"code":"(\w+)"/.exec(text)?.[1]
  return (
    check === '202' &&
    unsayable.some((rule) => rule.code === code && (rule.detail?.test(text) ?? true))
  )
}
