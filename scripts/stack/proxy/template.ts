import { readFileSync } from 'node:fs'

/** The text of an NGINX template with its values: `{{x}}`, and `{{#x}} … {{/x}}`, which is left out when x is empty. */
export function filled(template: URL, values: Record<string, string>): string {
  const fill = (text: string): string =>
    text
      .replaceAll(
        /^ *\{\{#(\w+)\}\}\n([^]*?)^ *\{\{\/\1\}\}\n/gm,
        (_, name: string, part: string) => (values[name] ? fill(part) : '')
      )
      .replaceAll(/^ *\{\{(\w+)\}\}.*\n/gm, (line, name: string) => (values[name] ? line : ''))
      .replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')
  const [comment = '', ...rest] = readFileSync(template, 'utf8').split('\n\n')
  return [comment, fill(rest.join('\n\n'))].join('\n\n')
}
