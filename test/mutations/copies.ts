import type { Mutation } from './mutation.ts'

const command = ['test/routes/copies.test.ts']
const shown = 'both nodes show a change of price, of slug and of stock in the next answer'

/** A node's copy of a catalog text is never an answer by itself. */
export const copies: Mutation[] = [
  {
    name: 'a node uses its copy, whatever the tag',
    changes: [
      {
        file: 'plugins/storage/cache/value.lua',
        find: `if ARGV[2] ~= '' and redis.call('GETRANGE', KEYS[1], 0, #same - 1) == same then`,
        replace: `if ARGV[2] ~= '' then`
      }
    ],
    command,
    test: shown
  },
  {
    name: 'a node joins a question that has been sent',
    changes: [
      {
        file: 'plugins/storage/questions/together.ts',
        find: '    waiting = undefined\n    shared = new Map()\n',
        replace: '    waiting = undefined\n'
      }
    ],
    command: ['test/plugins/storage/questions.test.ts'],
    test: 'questions with one name share an answer only while they have not been sent',
    slow: true
  },
  {
    name: 'a node uses its copy of a listing, whatever the generation',
    changes: [
      {
        file: 'plugins/storage/cache/index.ts',
        find: 'const isLast = place?.key === last',
        replace: 'const isLast = last !== undefined'
      }
    ],
    command,
    test: shown,
    slow: true
  },
  {
    name: 'a finished body is used whatever the stock',
    changes: [
      {
        file: 'routes/products/body.ts',
        find: 'if (made && isSame(made.numbers, stock)) return made',
        replace: 'if (made) return made'
      }
    ],
    command,
    test: shown,
    slow: true
  },
  {
    name: 'a value is of any incarnation',
    changes: [
      {
        file: 'plugins/storage/cache/value.ts',
        find: 'const headOf = (incarnation: string) => `${incarnation}#`',
        replace: "const headOf = (_incarnation: string) => 'any#'"
      }
    ],
    command,
    test: 'a node uses no copy once the epoch has changed',
    slow: true
  },
  {
    name: 'a node keeps a copy though its fill was refused',
    changes: [
      {
        file: 'plugins/storage/cache/misses.ts',
        find: 'if (!text || tag === undefined) return',
        replace: 'if (!text) return'
      },
      {
        file: 'plugins/storage/cache/misses.ts',
        find: 'const tagged = { tag,',
        replace: "const tagged = { tag: tag ?? '',"
      }
    ],
    command,
    test: 'a node keeps no copy when its fill was refused',
    slow: true
  }
]
