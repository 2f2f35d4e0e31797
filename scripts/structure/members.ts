import { groups, importsOf, isPlugin, type SourceFile } from './imports.ts'

/**
 * Plugins that their group's index does not register, or registers twice, and files that lie outside every group; one line
 * each. A folder whose name begins with an underscore is a template.
 */
export function findUnregistered(files: SourceFile[]): string[] {
  const plugins = files.filter(({ name }) => /^plugins\/.*\.ts$/.test(name) && !name.includes('/_'))
  const stray = plugins.filter(({ name }) => !groups.includes(name.split('/')[1]!))
  const members = plugins.filter(({ name, text }) => isPlugin(text) && !isIndex(name))
  const registered = plugins
    .filter(({ name }) => isIndex(name))
    .flatMap((index) => {
      const calls = [...index.text.matchAll(/fastify\.register\((\w+)/g)].map(([, name]) => name)
      return importsOf(index).flatMap(({ target, default_name }) =>
        calls.includes(default_name) ? [target] : []
      )
    })
  return [
    ...stray.map(({ name }) => `${name} is in no group: ${groups.join(', ')}`),
    ...members.flatMap(({ name }) => {
      const times = registered.filter((target) => target === name).length
      return times === 1 ? [] : [`${name} is registered ${times} times by its group's index`]
    })
  ]
}

const isIndex = (name: string) => /^plugins\/[^/]+\/index\.ts$/.test(name)
