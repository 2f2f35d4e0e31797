import { formsOf } from './names.ts'

/** What a recipe of CONTRIBUTING.md adds to the repository. Paths are from the root. */
export type Recipe = {
  /** Templates and what becomes of them: a file, or a folder with its files. `named` is the form of names in quotes. */
  copies: { from: string; to: string; named?: 'kebab' | 'snake' }[]
  /** What makes the new thing known: the first match in the file is replaced, as by String.replace. */
  edits: { file: string; find: RegExp; replace: string }[]
  /** What the contributor does next. */
  next: string
}

/** The recipes by what they make. `group` is a plugin's. */
export const recipes = {
  endpoint: (name) => {
    // Staff routes have a template of their own, since they need an API key.
    const room = name.startsWith('admin/') ? 'routes/admin' : 'routes'
    return {
      copies: [
        { from: `${room}/_template`, to: `routes/${name}` },
        { from: `test/${room}/_template.ts`, to: `test/routes/${name}.test.ts` }
      ],
      edits: [],
      next: `npm test -- test/routes/${name}.test.ts, then write what /api/v1/${name} is for`
    }
  },

  plugin: (name, group) => ({
    copies: [
      { from: 'plugins/background/_template', to: `plugins/${group}/${name}` },
      { from: 'test/plugins/background/_template.ts', to: `test/plugins/${group}/${name}.test.ts` }
    ],
    edits: register(name, group),
    next: `npm test -- test/plugins/${group}/${name}.test.ts, then write what the plugin does`
  }),

  provider: (name) => {
    const { camel } = formsOf(name)
    const key = camel === name ? camel : `'${name}': ${camel}`
    return {
      copies: [{ from: 'plugins/shop/payments/_template', to: `plugins/shop/payments/${name}` }],
      edits: [
        {
          file: 'plugins/shop/payments/index.ts',
          find: /(?=\n\ndeclare module)/,
          replace: `\nimport ${camel} from './${name}/index.ts'`
        },
        {
          file: 'plugins/shop/payments/index.ts',
          find: /providers = \{ (.*?) \}/,
          replace: `providers = { $1, ${key} }`
        },
        {
          file: 'test/plugins/shop/payments/contract.test.ts',
          find: /\n(?=\}\n\nt\.same)/,
          replace:
            `,\n  ${camel === name ? name : `'${name}'`}: {\n` +
            '    slow: { PROVIDER_LATENCY_MS: String(slow_ms) },\n' +
            "    tokens: { succeeds: 'tok_success', declines: 'tok_declined' }\n  }\n"
        }
      ],
      next: `npm test -- test/plugins/shop/payments/contract.test.ts, then write the calls of plugins/shop/payments/${name}`
    }
  },

  sink: (name) => {
    const { camel, snake } = formsOf(name)
    const sinks = 'plugins/background/outbox/sinks'
    const tests = 'test/plugins/background/outbox'
    return {
      copies: [
        { from: `${sinks}/_template.ts`, to: `${sinks}/${name}.ts`, named: 'snake' },
        { from: `${tests}/_template.ts`, to: `${tests}/${name}.ts`, named: 'snake' }
      ],
      edits: [
        {
          file: `${sinks}/index.ts`,
          find: /(?=\n\n)/,
          replace: `\nimport { ${camel}Sink } from './${name}.ts'`
        },
        {
          file: `${sinks}/index.ts`,
          find: /(?=\n\}\n\n\/\*\* In EVENT_SINKS)/,
          replace: `,\n  ${snake}: ${camel}Sink`
        },
        {
          file: `${tests}/contract.test.ts`,
          find: /(?=\n\n)/,
          replace: `\nimport { ${camel}Stage } from './${name}.ts'`
        },
        {
          file: `${tests}/contract.test.ts`,
          find: /(?=\n\}\n\nt\.test)/,
          replace: `,\n  ${snake}: ${camel}Stage`
        }
      ],
      next: `npm test -- ${tests}/contract.test.ts, then write ${sinks}/${name}.ts for your server (EVENT_SINKS=redis_streams,${snake})`
    }
  }
} satisfies Record<string, (name: string, group: string) => Recipe>

/** The import and the registration in the group's index: the last of the group. */
const register = (name: string, group: string): Recipe['edits'] => {
  const file = `plugins/${group}/index.ts`
  const { camel } = formsOf(name)
  return [
    { file, find: /(?=\n\n)/, replace: `\nimport ${camel} from './${name}/index.ts'` },
    { file, find: /(?=\n {2}\},\n)/, replace: `\n    await fastify.register(${camel})` }
  ]
}
