import { escapePointer, type Fault } from '../errors/faults.ts'
import { memberOf, resolved, type Schema, type Shared } from './schema-of.ts'
import { faultOfText } from './text.ts'

/** No schema of a request is deeper. */
const mostDeep = 16

type Members = Record<string, unknown>

/**
 * Makes the function that reads a body before its validation: it trims every string, drops members that are null where the
 * schema says that null is absent, and returns what is wrong with texts and names. It changes the body in place.
 */
export function bodyReader(schema: Schema, shared: Shared) {
  return (body: unknown): Fault[] => {
    const faults: Fault[] = []
    if (isHolder(body)) readMembers(body, schema, '', 0)
    return faults

    function readMembers(holder: Members, unresolved: Schema, path: string, depth: number) {
      if (depth > mostDeep) return report(path, 'is nested too deeply')
      const parent = resolved(unresolved, shared)
      for (const [name, value] of Object.entries(holder)) {
        const member = memberOf(parent, name) ?? {}
        const at = `${path}/${escapePointer(name)}`
        report(at, faultOfText(name, parent.propertyNames))
        if (value === null && member['x-null'] === 'absent') delete holder[name]
        else if (isHolder(value)) readMembers(value, member, at, depth + 1)
        else if (typeof value === 'string') {
          const text = value.trim()
          holder[name] = text
          report(at, faultOfText(text, resolved(member, shared)))
        }
      }
    }

    function report(instancePath: string, message: string | undefined) {
      if (message !== undefined) faults.push({ instancePath, message })
    }
  }
}

/** An object, or an array, whose names are its indexes. */
const isHolder = (value: unknown): value is Members => typeof value === 'object' && value !== null
