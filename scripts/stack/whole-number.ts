/** Reads an option that is a whole number. @throws an Error that names the option and what is wrong with it */
export function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new Error(`--${name} is a whole number from ${least} to ${most}, not ${text}`)
}
