/** What one run of tap has found. */
export type Results = { passed: number; failed: number; text: string; crashes: string }

/** @param text tap's report; a run of tap that ended badly without a failure (it crashed) counts as one. */
export function readResults(text: string, crashes: string, exitCode: number): Results {
  const totals = /^# \{ total: .*\}/m.exec(text)?.[0] ?? ''
  const of = (word: string) => Number(new RegExp(`${word}: (\\d+)`).exec(totals)?.[1] ?? 0)
  return {
    text,
    crashes,
    passed: of('pass'),
    failed: exitCode === 0 ? of('fail') : Math.max(1, of('fail'))
  }
}

/** Why a process of the tests ended, when something failed: tap tells nothing of a file that throws before its first test. */
export const crashesOf = ({ crashes, failed }: Results): string =>
  failed > 0 ? crashes.slice(0, 10_000).trimEnd() : ''

/** The ten files that took longest, when there were that many. */
export function slowest({ text }: Results): string {
  const files = [...text.matchAll(/^(?:not )?ok \d+ - (\S+).*# time=([\d.]+)ms/gm)].map(
    ([, file, ms]) => ({ file, seconds: Number(ms) / 1000 })
  )
  if (files.length < 10) return ''
  return files
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, 10)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}`)
    .join('\n')
}
