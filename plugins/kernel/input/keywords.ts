import { _, str, type Ajv } from 'ajv'
import { isOfType, type Schema } from './schema-of.ts'

/**
 * Gives the validators a `pattern` and a `format` that are not tried on a text that is longer than its schema allows: its
 * length is wrong, and that is its fault. So no text of a request makes them work longer than its `maxLength` lets them.
 * @throws an Error, when a route is registered, for a pattern or a format without a maxLength beside it
 */
export function boundTexts(ajv: Ajv) {
  replace(ajv, 'pattern', ['string'], (source) => {
    const pattern = new RegExp(source, 'u')
    return (text) => pattern.test(text)
  })
  replace(ajv, 'format', ['string', 'number'], (name) => formatOf(ajv, name))
}

type Test = (value: string) => boolean

function replace(
  ajv: Ajv,
  keyword: 'pattern' | 'format',
  type: ('string' | 'number')[],
  testOf: (wanted: string) => Test
) {
  ajv.removeKeyword(keyword).addKeyword({
    keyword,
    type,
    schemaType: 'string',
    error: {
      message: ({ schemaCode }) => str`must match ${keyword} "${schemaCode}"`,
      params: ({ schemaCode }) => _`{${keyword}: ${schemaCode}}`
    },
    compile(wanted: string, parent) {
      const { maxLength, ...schema } = parent as Schema & { maxLength?: number }
      const test = testOf(wanted)
      if (!isOfType(schema, 'string')) return test
      if (maxLength === undefined)
        throw new Error(`${keyword} "${wanted}" needs a maxLength beside it`)
      return (value: string) => isLonger(value, maxLength) || test(value)
    }
  })
}

/** Whether a text has more characters. Two units of UTF-16 are one character at most. */
const isLonger = (text: string, most: number) =>
  text.length > most && (text.length > 2 * most || [...text].length > most)

/** A format as ajv-formats writes it: a pattern, a function, or an object with one of them and the type that it judges. */
function formatOf(ajv: Ajv, name: string): Test {
  const format = ajv.formats[name]
  if (format === undefined) throw new Error(`the format "${name}" is unknown`)
  const { validate: test, type = 'string' } = (
    typeof format === 'object' && 'validate' in format ? format : { validate: format }
  ) as { validate: unknown; type?: string }
  return (value) => {
    if (typeof value !== type) return true
    if (test instanceof RegExp) return test.test(value)
    return typeof test !== 'function' || test(value)
  }
}
