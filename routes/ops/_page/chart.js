// Line charts over time, without a library.

const width = 400
const height = 120
const svg = (name, attributes = {}) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  return element
}

/** A chart of some series: `[{ name, values: [[at, value | null]] }]`. `most` is the least that the axis reaches to. */
export function drawChart(place, series, { from, to, format, most }) {
  const top = ceiling(
    Math.max(most, ...series.flatMap(({ values }) => values.map(([, y]) => y ?? 0)))
  )
  const x = (at) => ((at - from) / (to - from)) * width
  const y = (value) => height - (value / top) * (height - 6)

  const chart = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none',
    role: 'img'
  })
  chart.append(svg('title'))
  chart.firstChild.textContent = series
    .map(({ name, values }) => `${name} ${format(values.at(-1)?.[1] ?? null)}`)
    .join(', ')
  for (const part of [0, 0.5, 1])
    chart.append(
      svg('line', { x1: 0, x2: width, y1: y(top * part), y2: y(top * part), class: 'grid' })
    )
  series.forEach(({ values }, index) => {
    const d = pathOf(values, x, y)
    if (series.length === 1 && d)
      chart.append(svg('path', { d: areaOf(values, x, y), class: `area c${index}` }))
    chart.append(svg('path', { d, class: `line c${index}` }))
  })

  const seconds = Math.round((to - from) / 1000)
  place
    .querySelector('.plot')
    .replaceChildren(
      chart,
      axis(format(top), 'top'),
      axis(format(top / 2), 'half'),
      axis(seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`, 'begin'),
      axis('now', 'end')
    )
}

/** The path has a gap where a value is unknown. */
function pathOf(values, x, y) {
  let pen = 'M'
  let d = ''
  for (const [at, value] of values) {
    if (value === null) {
      pen = 'M'
      continue
    }
    d += `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
    pen = 'L'
  }
  return d
}

function areaOf(values, x, y) {
  const known = values.filter(([, value]) => value !== null)
  const [first] = known[0]
  const [last] = known.at(-1)
  return `${pathOf(known, x, y)}L${x(last).toFixed(1)} ${height}L${x(first).toFixed(1)} ${height}Z`
}

function axis(text, where) {
  const label = document.createElement('span')
  label.className = `axis ${where}`
  label.textContent = text
  return label
}

/** The next round number: 1, 2 or 5 times a power of ten. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].find((digit) => digit * power >= value * 0.999) * power
}
