import t from 'tap'
import { sharedRun } from '../../../plugins/lib/shared-run.ts'

t.test('calls share a run that begins after them, also when runs fail', async (t) => {
  const runs: PromiseWithResolvers<number>[] = []
  const call = sharedRun(() => {
    runs.push(Promise.withResolvers())
    return runs.at(-1)!.promise
  })

  const first = [call(), call()]
  await turn()
  t.equal(runs.length, 1)
  const second = [call(), call()]
  await turn()
  t.equal(runs.length, 1, 'the calls during a run wait for the next one')
  runs[0]!.reject(new Error('no answer'))
  for (const one of first) await t.rejects(one, { message: 'no answer' })
  await turn()
  t.equal(runs.length, 2)
  runs[1]!.resolve(2)
  t.same(await Promise.all(second), [2, 2])
  const third = call()
  await turn()
  runs[2]!.resolve(3)
  t.equal(await third, 3)
})

function turn() {
  return new Promise((resolve) => setImmediate(resolve))
}
