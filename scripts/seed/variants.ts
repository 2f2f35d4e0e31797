import type { Department, Kind } from './department.ts'
import { seedOf } from './random.ts'

export interface Variant {
  brand: string
  line: string
  attributes: Record<string, string>
}

/** How many variants of a kind there are. */
export function countVariants(department: Department, kind: Kind): number {
  return axes(department, kind).reduce((product, [, values]) => product * values.length, 1)
}

/**
 * The nth variant of a kind, n < countVariants. Every n gives another variant: each step adds about the golden ratio of
 * every axis, so that neighbours differ in every attribute.
 */
export function nthVariant(department: Department, kind: Kind, n: number): Variant {
  const all = axes(department, kind)
  const count = countVariants(department, kind)
  let place = ((seedOf(kind.name) >>> 0) + n * stride(all, count)) % count
  const chosen: Record<string, string> = {}
  for (const [axis, values] of all) {
    chosen[axis] = values[place % values.length]!
    place = Math.floor(place / values.length)
  }
  const { brand = '', line = '', ...attributes } = chosen
  return { brand, line, attributes }
}

type Axis = [name: string, values: readonly string[]]

function axes(department: Department, kind: Kind): Axis[] {
  return [...Object.entries(kind.options), ['line', lines], ['brand', department.brands]]
}

/** The step has no divisor in common with the count, so that the steps reach every variant before one repeats. */
function stride(all: Axis[], count: number): number {
  let step = all.reduceRight((sum, [, { length }]) => sum * length + Math.round(length * 0.618), 0)
  while (divisor(step, count) > 1) step++
  return step
}

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other)
}

/** The names of product lines. */
const lines =
  'Alba Ansel Aria Aven Bergen Birk Bodil Brook Carrick Cleo Cove Dale Delta Dune Elba Elm Esk Fable Fen Fjord Flint Gale Glen Grove Haven Heath Holm Idun Iris Isla Juno Kite Lark Leda Linden Loch Luna Mara Mesa Mira Nola Nord Onda Orla Pico Rune Saga Senna Skye Solen Tarka Tern Thora Vale Vega Vik Willa Wren Yara Zuri'.split(
    ' '
  )
