import { formsOf } from './names.ts'

/** What a recipe of CONTRIBUTING.md adds to the repository. Paths are from the root. */
export type Recipe = {
  /** Templates and what becomes of them: a file, or a folder with its files. */
  copies: { from: string; to: string }[]
  /** Lines that make the new thing known: each goes before the first line of the file that matches. */
  lines: { file: string; before: RegExp; line: string }[]
  /** What the contributor does next. */
  next: string
}

/** The recipes by what they make. `group` is a plugin's. */
export const recipes = {
  endpoint: (name) => ({
    copies: [
      { from: 'routes/_template', to: `routes/${name}` },
      { from: 'test/routes/_template.ts', to: `test/routes/${name}.test.ts` }
    ],
    lines: [],
    next: `npm test -- test/routes/${name}.test.ts, then write what GET /api/v1/${name}/:id is for`
  }),

  plugin: (name, group) => ({
    copies: [
      { from: 'plugins/background/_template', to: `plugins/${group}/${name}` },
      { from: 'test/plugins/background/_template.ts', to: `test/plugins/${group}/${name}.test.ts` }
    ],
    lines: register(name, group),
    next: `npm test -- test/plugins/${group}/${name}.test.ts, then write what the plugin does`
  })
} satisfies Record<string, (name: string, group: string) => Recipe>

/** The import and the registration in the group's index: the last of the group. */
const register = (name: string, group: string): Recipe['lines'] => {
  const file = `plugins/${group}/index.ts`
  const { camel } = formsOf(name)
  return [
    { file, before: /^$/, line: `import ${camel} from './${name}/index.ts'` },
    { file, before: /^ {2}\},$/, line: `    await fastify.register(${camel})` }
  ]
}
