/** A UUIDv4 from the random numbers of `draw`. */
export function uuid4(draw: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(draw() * 16).toString(16))
  digits[12] = '4'
  digits[16] = '89ab'[Math.floor(draw() * 4)]!
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
