import path from 'node:path'

/** A file of the repository: its path from the root, with slashes, and its text. */
export type SourceFile = { name: string; text: string }

/** The groups of plugins in the order in which app.ts registers them. A group imports itself and the ones before it. */
export const groups = ['lib', 'kernel', 'storage', 'http', 'shop', 'background', 'observability']

/** What a part must not import, types included. */
const forbidden: { from: RegExp; to: RegExp; why: string }[] = [
  {
    from: /^plugins\/lib\//,
    to: /^(?!plugins\/lib\/)/,
    why: 'lib imports nothing of the project'
  },
  {
    from: /^plugins\//,
    to: /^(routes|scripts|test|app\.ts|server\.ts)/,
    why: 'plugins know no routes, scripts and tests'
  },
  { from: /^routes\//, to: /^(scripts|test)\//, why: 'routes know no scripts and tests' },
  {
    from: /^scripts\/stack\//,
    to: /^(scripts\/(?!stack\/)|test\/)/,
    why: 'the library imports no program'
  }
]

/**
 * Imports that run against the order of the groups, one line each.
 * A plugin is used by the verbs that it decorates the instance with: of a file that is a plugin, other files import types
 * only, and its group's index imports it to register it.
 */
export function findMisplacedImports(files: SourceFile[]): string[] {
  const texts = new Map(files.map(({ name, text }) => [name, text]))
  return files
    .filter(({ name }) => /\.(ts|js|cjs)$/.test(name))
    .flatMap((file) =>
      importsOf(file).flatMap(({ target, hasValues }) =>
        [
          backwards(file.name, target),
          forbidden.find(({ from, to }) => from.test(file.name) && to.test(target))?.why,
          hasValues && isPlugin(texts.get(target)) && !registers(file.name)
            ? 'a plugin exports verbs and types; values belong in a file beside it'
            : undefined
        ].flatMap((why) => (why ? [`${file.name} imports ${target}: ${why}`] : []))
      )
    )
}

/** Whether a file's text is that of a plugin. */
export const isPlugin = (text = '') => /^export default fp\b/m.test(text)

/** The relative imports of a file, with the name of the default one; an import of types has no values. */
export function importsOf({ name, text }: SourceFile) {
  const pattern =
    /^(?:import|export)\s+(type\s+)?([^'"]*?)\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm
  return [...text.matchAll(pattern)].map(([, type, names = '', from, dynamic]) => ({
    target: path.posix.join(path.posix.dirname(name), (from ?? dynamic)!),
    default_name: /^\w+/.exec(names)?.[0],
    hasValues: !type && !/^\{(\s*type \w+( as \w+)?,?)+\s*\}\s*$/.test(names)
  }))
}

function backwards(from: string, to: string): string | undefined {
  const [here, there] = [from, to].map((name) => groups.indexOf(groupOf(name)))
  return here! >= 0 && there! > here! ? `${groupOf(from)} comes before ${groupOf(to)}` : undefined
}

const groupOf = (name: string) => /^plugins\/([^/]+)\//.exec(name)?.[1] ?? ''

const registers = (name: string) => /^(plugins\/[^/]+\/index\.ts|(?!plugins|routes).*)$/.test(name)
