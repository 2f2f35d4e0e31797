/** A name in the forms that a file needs it in: price-watch, PriceWatch, priceWatch, price_watch, price watch. */
export function formsOf(name: string) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new Error(`a name is lower-case words with hyphens between them, not ${name}`)
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
export function rename(text: string, name: string): string {
  const { kebab, pascal, camel, snake, prose } = formsOf(name)
  return text
    .replace(/^\/\*(?:(?!\*\/)[^])*CONTRIBUTING\.md(?:(?!\*\/)[^])*\*\/\n+/m, '')
    .replaceAll('Template', pascal)
    .replaceAll(/_template(?=_)/g, `_${snake}`)
    .replaceAll(/\b_?template\b(?=['/`])/g, kebab)
    .replaceAll(/\btemplate(?=[A-Z(.])/g, camel)
    .replaceAll(/\btemplate\b/g, prose)
}
