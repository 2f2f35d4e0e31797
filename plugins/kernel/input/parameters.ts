import { escapePointer, type Fault } from '../errors/faults.ts'
import { isOfType, memberOf, type Schema } from './schema-of.ts'
import { faultOfText } from './text.ts'

type Parameters = Record<string, unknown>

/**
 * Makes the function that reads a query before its validation. A query is text: the function gives values the types of their
 * schema, trims texts, drops what is empty, and returns what is wrong with texts. It changes the query in place.
 */
export const queryReader =
  (schema: Schema) =>
  (query: Parameters): Fault[] => {
    for (const [name, value] of Object.entries(query)) {
      const member = memberOf(schema, name) ?? {}
      const isList = isOfType(member, 'array')
      // A form sends its empty fields along.
      const given = [value]
        .flat()
        .map((text) => typed(String(text), isList ? member.items : member))
        .filter((read) => read !== '')
      if (given.length === 0) delete query[name]
      // Several values fail the validation of a parameter that has one.
      else query[name] = isList || given.length > 1 ? given : given[0]
    }
    return faultsOf(query)
  }

export const pathReader = () => (parameters: Parameters) => faultsOf(parameters)

/** Reads the headers that the schema names; the others are not for the route. */
export const headerReader =
  ({ properties = {} }: Schema) =>
  (headers: Parameters) =>
    faultsOf(Object.fromEntries(Object.keys(properties).map((name) => [name, headers[name]])))

/** A number is written as in JSON: without blanks, a plus sign, leading zeros or another base. */
const integer = /^(0|-?[1-9]\d*)$/
const decimal = /^-?(0|[1-9]\d*)(\.\d+)?$/

/** What is not of the type stays text, and fails the validation. */
function typed(text: string, schema: Schema = {}): unknown {
  if (isOfType(schema, 'integer')) return integer.test(text) ? Number(text) : text
  if (isOfType(schema, 'number')) return decimal.test(text) ? Number(text) : text
  if (isOfType(schema, 'boolean')) return text === 'true' || (text === 'false' ? false : text)
  return text.trim()
}

/** Of each name and each value. */
function faultsOf(parameters: Parameters): Fault[] {
  const faults: Fault[] = []
  for (const name in parameters) {
    const value = parameters[name]
    for (const text of Array.isArray(value) ? [name, ...value] : [name, value]) {
      const message = typeof text === 'string' ? faultOfText(text) : undefined
      if (message !== undefined) faults.push({ instancePath: `/${escapePointer(name)}`, message })
    }
  }
  return faults
}
