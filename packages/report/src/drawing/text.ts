/** Widths of text without a browser, rather too wide than too narrow: labels stay apart in the common system fonts. */

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

const em = (char: string): number => {
  if (wide.test(char) || char.codePointAt(0)! > 0xffff) return 1
  if ("ilj.,:;'|! \u00a0".includes(char)) return 0.34
  if ("ftr()[]-/".includes(char)) return 0.42
  if ("mwMW%@".includes(char)) return 0.94
  return char >= "A" && char <= "Z" ? 0.7 : 0.62
}

/** Width in pixels of one line at `size` pixels, for the wider of the common fonts. */
export const textWidth = (text: string, size: number): number => size * Array.from(text).reduce((w, c) => w + em(c), 0)

/** The same in bold. */
export const boldWidth = (text: string, size: number): number => 1.1 * textWidth(text, size)

/** The text, cut with an ellipsis to fit `most` pixels. */
export const fitText = (text: string, size: number, most: number): string => {
  if (textWidth(text, size) <= most) return text
  const chars = Array.from(text)
  while (chars.length > 1 && textWidth(`${chars.join("")}…`, size) > most) chars.pop()
  return `${chars.join("").trimEnd()}…`
}

/**
 * Moves positions apart until neighbours are at least `gap` from each other, inside `[low, high]` where they fit.
 * Order is kept and nobody moves without need. Returns the new position of each.
 */
export const spread = (positions: ReadonlyArray<number>, gap: number, low: number, high: number): Array<number> => {
  const order = positions.map((_, i) => i).toSorted((a, b) => positions[a]! - positions[b]! || a - b)
  // Groups of touching labels, each centred on the mean of what its members want.
  const groups: Array<{ wanted: number; size: number; members: Array<number> }> = []
  const top = (g: { wanted: number; size: number }) =>
    Math.max(low, Math.min(high - (g.size - 1) * gap, g.wanted - ((g.size - 1) * gap) / 2))
  for (const i of order) {
    groups.push({ wanted: positions[i]!, size: 1, members: [i] })
    while (groups.length > 1) {
      const below = groups.at(-1)!
      const above = groups.at(-2)!
      if (top(above) + above.size * gap <= top(below)) break
      groups.splice(-2, 2, {
        wanted: (above.wanted * above.size + below.wanted * below.size) / (above.size + below.size),
        size: above.size + below.size,
        members: [...above.members, ...below.members]
      })
    }
  }
  const moved = [...positions]
  for (const group of groups) {
    for (const [k, i] of group.members.entries()) moved[i] = top(group) + k * gap
  }
  return moved
}
