import type { Figure } from './ratios.ts'

const row = 34
const left = 190
const width = 760
const plot = width - left - 90

/**
 * An SVG that shows how much of each limit the node reaches: a bar a ratio, and a line where it must be. One that is over 1 is
 * drawn to the edge, with its number.
 */
export function chart(figures: Figure[], title: string): string {
  const height = 60 + figures.length * row
  const bars = figures.map(({ name, median, must }, at) => {
    const y = 48 + at * row
    const long = Math.min(median, 1) * plot
    const line = must === undefined ? '' : mark(left + Math.min(must, 1) * plot, y)
    return [
      `<text x="${left - 12}" y="${y + 15}" text-anchor="end">${escape(name)}</text>`,
      `<rect class="whole" x="${left}" y="${y}" width="${plot}" height="20" rx="3"/>`,
      `<rect class="part" x="${left}" y="${y}" width="${long.toFixed(1)}" height="20" rx="3"/>`,
      line,
      `<text x="${left + plot + 10}" y="${y + 15}">${median.toFixed(2)}</text>`
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<style>
text { font: 14px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.whole { fill: #eaeef2 }
.part { fill: #2f6f4f }
.must { stroke: #b35900; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #d1d7e0 } .whole { fill: #30363d } .part { fill: #57ab7a } .must { stroke: #e0a458 }
}
</style>
<text class="title" x="${left}" y="24">${escape(title)}</text>
${bars.join('\n')}
</svg>
`
}

const mark = (x: number, y: number) =>
  `<line class="must" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${y - 3}" y2="${y + 23}"/>`

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
