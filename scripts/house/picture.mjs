/** Draws rows of packages with arrows down. */

const box = { width: 112, height: 34, gap: 22 }
const rowHeight = 96
const margin = { left: 180, right: 24, top: 24, bottom: 40 }

/** Places of the members of each row: each under what it hangs on, as far as it is known, by some rounds of barycentres. */
const arrange = (rows, arrows) => {
  const order = rows.map(({ members }) => members.map(({ name }) => name))
  const widest = Math.max(...order.map((names) => names.length))
  const xOf = new Map()
  const spread = (names) => names.forEach((name, i) => xOf.set(name, (widest - names.length) / 2 + i))
  order.forEach(spread)
  const centre = (name) => {
    const others = arrows.flatMap(({ from, to }) => (from === name ? [to] : to === name ? [from] : []))
    return others.length === 0 ? xOf.get(name) : others.reduce((sum, other) => sum + xOf.get(other), 0) / others.length
  }
  for (let round = 0; round < 24; round++) {
    for (const names of round % 2 === 0 ? order : order.toReversed()) {
      const centres = new Map(names.map((name) => [name, centre(name)]))
      names.sort((a, b) => centres.get(a) - centres.get(b) || (a < b ? -1 : 1))
      spread(names)
    }
  }
  return { xOf, widest }
}

/** The picture as SVG text; the same packages give the same bytes. */
export const picture = (rows, arrows, floors) => {
  const { xOf, widest } = arrange(rows, arrows)
  const step = box.width + box.gap
  const width = margin.left + widest * step - box.gap + margin.right
  const height = margin.top + rows.length * rowHeight - (rowHeight - box.height) + margin.bottom
  const rowOf = new Map(rows.flatMap(({ members }, i) => members.map(({ name }) => [name, i])))
  const left = (name) => margin.left + xOf.get(name) * step
  const top = (name) => margin.top + rowOf.get(name) * rowHeight
  const round = (value) => Math.round(value * 10) / 10

  /** Ends of the arrows of a box side by side, in the order of what is at their other end. */
  const port = (name, other, side) => {
    const others = arrows.filter((arrow) => arrow[side] === name).map(({ from, to }) => (side === "from" ? to : from))
    const sorted = others.toSorted((a, b) => left(a) - left(b) || rowOf.get(a) - rowOf.get(b))
    return round(left(name) + (box.width * (sorted.indexOf(other) + 1)) / (sorted.length + 1))
  }
  const curve = ({ from, to }) => {
    const [x1, y1, x2, y2] = [port(from, to, "from"), top(from) + box.height, port(to, from, "to"), top(to) - 6]
    const bend = round((y2 - y1) / 2)
    return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" marker-end="url(#tip)"/>`
  }
  const band = ({ floor }, i) => {
    const first = i === 0 || rows[i - 1].floor !== floor
    const count = rows.filter((row) => row.floor === floor).length
    if (!first) return []
    const y = margin.top + i * rowHeight - 14
    return [
      `<rect x="8" y="${y}" width="${width - 16}" height="${(count - 1) * rowHeight + box.height + 28}" rx="6" class="band"/>`,
      `<text x="20" y="${y + 14 + box.height / 2 + 5}" class="floor">${floors[floor].name}</text>`
    ]
  }
  const boxes = rows.flatMap(({ members }) =>
    members.map(
      ({ name }) =>
        `<rect x="${left(name)}" y="${top(name)}" width="${box.width}" height="${box.height}" rx="4" class="box"/>` +
        `<text x="${left(name) + box.width / 2}" y="${top(name) + box.height / 2 + 5}" text-anchor="middle">${name}</text>`
    )
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="14" role="img" aria-label="Packages by floor, with arrows to what they import">
<style>.page{fill:#fff}.band{fill:#f3f4f6}.box{fill:#fff;stroke:#1f2937}.floor{fill:#4b5563;font-size:13px}text{fill:#111827}path{fill:none;stroke:#2563eb;stroke-opacity:.55;stroke-width:1.2}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8Z" style="fill:#2563eb;stroke:none"/></marker></defs>
<rect width="${width}" height="${height}" class="page"/>
${rows.flatMap(band).join("\n")}
${arrows.map(curve).join("\n")}
${boxes.join("\n")}
<text x="${margin.left}" y="${height - 12}" class="floor">An arrow is an import. What follows from others is left out: a package may import all that it reaches by arrows.</text>
</svg>
`
}
