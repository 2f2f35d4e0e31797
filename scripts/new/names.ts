import path from 'node:path'

/** Words that cannot name a thing in the code, and one that has a meaning in EVENT_SINKS. */
const reserved = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for ' +
    'function if import in instanceof let new null package return static super switch this throw true try typeof var void ' +
    'while with yield none fastify fp template'
  ).split(' ')
)

/** @throws an Error that says which names there can be */
export function checkName(place: string): void {
  const { kebab } = formsOf(place)
  if (reserved.has(kebab))
    throw new Error(`${kebab} has a meaning in the code: choose another name`)
}

/** A name in the forms that a file needs it in: price-watch, PriceWatch, priceWatch, price_watch, price watch. */
export function formsOf(place: string) {
  const form = /^([a-z][a-z0-9]*(-[a-z0-9]+)*\/)*[a-z][a-z0-9]*(-[a-z0-9]+)*$/
  if (!form.test(place))
    throw new Error(`a name is lower-case words with hyphens between them, not ${place}`)
  // An endpoint may lie below another: admin/suppliers.
  const name = place.slice(place.lastIndexOf('/') + 1)
  const words = name.split('-')
  const pascal = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
  return {
    kebab: name,
    pascal,
    camel: pascal[0]!.toLowerCase() + pascal.slice(1),
    snake: words.join('_'),
    prose: words.join(' ')
  }
}

/**
 * A template's text with the name in place of "template", in the form that each place needs, and without the comment that
 * tells of the recipe.
 */
export function rename(text: string, place: string, named: 'kebab' | 'snake' = 'kebab'): string {
  const { kebab, pascal, camel, snake, prose, [named]: quoted } = formsOf(place)
  return text
    .replace(/^\/\*(?:(?!\*\/)[^])*CONTRIBUTING\.md(?:(?!\*\/)[^])*\*\/\n+/m, '')
    .replaceAll('Template', pascal)
    .replaceAll(/_template(?=_)/g, `_${snake}`)
    .replaceAll(/\badmin\/template\b/g, place)
    .replaceAll(/(?<=\/api\/v1\/|GET \/)template\b/g, place)
    .replaceAll(/\b_template\b(?=\.ts')/g, kebab)
    .replaceAll(/\b_?template\b(?=['/`-])/g, quoted)
    .replaceAll(/\btemplate(?=[A-Z(.])/g, camel)
    .replaceAll(/\btemplate\b/g, prose)
}

/** A text whose file moves: the imports of files that stay are written from the new place. */
export const relocate = (text: string, from: string, to: string) =>
  text.replaceAll(/(?<=from ')(\.[^']+)(?=')/g, (specifier) => {
    // Files of one folder are copied together, but for those of tests.
    if (specifier.startsWith('./') && !from.startsWith('test/')) return specifier
    const target = path.posix.join(path.posix.dirname(from), specifier)
    const relative = path.posix.relative(path.posix.dirname(to), target)
    return relative.startsWith('.') ? relative : `./${relative}`
  })
