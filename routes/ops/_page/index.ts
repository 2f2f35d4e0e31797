import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** The page as one document, and the policy with which a browser runs its script, lets it ask this node, and nothing else. */
export async function readPage(): Promise<{ html: string; policy: string }> {
  const [html, style, ...scripts] = await Promise.all(
    ['page.html', 'page.css', 'history.js', 'recall.js', 'chart.js', 'alerts.js', 'page.js'].map(
      (file) => readFile(new URL(file, import.meta.url), 'utf8')
    )
  )
  // One inline module, so that the policy allows its hash and no other script of this origin. A file's imports are declared
  // by the files before it, so the imports and the word `export` are removed; a bundler would be a dependency for 400 lines.
  const script = scripts.join('\n').replaceAll(/^(import .*|export )/gm, '')
  const filled = html!
    .replace(/(<style>)[^]*(<\/style>)/, (_, open, close) => open + style + close)
    .replace(/(<script[^>]*>)[^]*(<\/script>)/, (_, open, close) => open + script + close)
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style!)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ]
  return { html: filled, policy: policy.join('; ') }
}

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
