import path from 'node:path'
import t from 'tap'
import { copyFlows, lacks, openShop, pythonTools, run } from './shop.ts'

t.test(
  'a Python client passes mypy strictly, buys, and makes a product with a slug',
  { skip: lacks('python3'), timeout: 600_000 },
  async (t) => {
    const [{ folder, document, env }, python] = await Promise.all([openShop(t), pythonTools()])
    await copyFlows('python', folder)
    const bin = (name: string) => path.join(python, 'bin', name)
    const here = { cwd: folder, env: { ...env, PYTHONPATH: 'client', MYPYPATH: 'client' } }
    const words = ['generate', '--path', document, '--output-path', 'client', '--meta', 'setup']
    const said = await run(bin('openapi-python-client'), words, here)
    t.notMatch(said.replaceAll(/Warning\(s\)[^]*?ruff is not in PATH/g, ''), /warning/i)
    t.match(await run(bin('mypy'), ['--strict', 'flow.py'], here), 'no issues found')
    t.match(await run(bin('python'), ['flow.py'], here), 'confirmed, stock 500, payment_declined')
  }
)
