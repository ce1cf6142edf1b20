/**
 * The design system of every picture and page: one place for colours, type and sizes.
 * Figures use the light values; a page may swap them for `var(--name)` so that a dark scheme follows (see `themed`).
 */

interface Token {
  readonly name: string
  readonly light: string
  readonly dark: string
}

const token = (name: string, light: string, dark: string): Token => ({ name, light, dark })

const neutral = {
  ink: token("ink", "#18202e", "#e8ecf3"),
  muted: token("muted", "#556072", "#a3aebf"),
  axis: token("axis", "#99a3b3", "#66728a"),
  grid: token("grid", "#e3e7ed", "#2c3547"),
  tint: token("tint", "#f2f5f9", "#1a2232"),
  surface: token("surface", "#fefefe", "#121926"),
  accent: token("accent", "#0a5cad", "#62b0f5")
}

/** Categorical colours that stay apart for the common kinds of colour blindness, after Okabe and Ito, and Tol. */
const hues = {
  grey: token("grey", "#7f8997", "#8c98aa"),
  blue: token("blue", "#0072b2", "#4aa9e6"),
  orange: token("orange", "#d55e00", "#ff8c42"),
  green: token("green", "#009e73", "#2fca9c"),
  purple: token("purple", "#aa3377", "#de72ac"),
  violet: token("violet", "#5e3c99", "#a98ae0"),
  teal: token("teal", "#2a8c94", "#5fc7cf"),
  olive: token("olive", "#8a8420", "#c9c251"),
  brown: token("brown", "#7a4a2b", "#c9926b"),
  indigo: token("indigo", "#33459c", "#8c9cf0")
}

const light = <K extends string>(tokens: Readonly<Record<K, Token>>): Readonly<Record<K, string>> =>
  Object.fromEntries(Object.entries<Token>(tokens).map(([key, { light: value }]) => [key, value])) as Record<K, string>

/** Neutral colours: text, axes, grid lines, surfaces. */
export const colour = light(neutral)
/** Categorical colours by hue name. */
export const hue = light(hues)

/** The colour of each kind of coverage, the same in every figure. */
export const coverageColour = {
  heldOut: hue.blue,
  popularity: hue.orange,
  acrossTasks: hue.green,
  inSample: hue.grey
} as const

/** Colours of the strategies of the study; others take what is left, see `strategyColours`. */
const known: ReadonlyMap<string, string> = new Map([
  ["base", hue.grey],
  ["ep", hue.blue],
  ["allo", hue.orange],
  ["moira", hue.green],
  ["pred", hue.purple],
  ["allo+pred", hue.violet]
])

const spare = [hue.teal, hue.olive, hue.brown, hue.indigo, hue.green, hue.purple, hue.violet]

const hash = (text: string): number =>
  Array.from(text).reduce((h, c) => (Math.imul(h, 31) + c.codePointAt(0)!) >>> 0, 7)

/**
 * A colour for each strategy that depends on its name alone, except that two unknown names with the same colour
 * are kept apart in alphabetical order while there are colours left.
 */
export const strategyColours = (names: Iterable<string>): ReadonlyMap<string, string> => {
  const sorted = [...new Set(names)].toSorted()
  const colours = new Map(sorted.flatMap((name) => (known.has(name) ? [[name, known.get(name)!] as const] : [])))
  for (const name of sorted) {
    if (colours.has(name)) continue
    const used = new Set(colours.values())
    const start = hash(name) % spare.length
    const order = spare.map((_, i) => spare[(start + i) % spare.length]!)
    colours.set(name, order.find((candidate) => !used.has(candidate)) ?? order[0]!)
  }
  return colours
}

/** System fonts only: nothing is loaded. */
export const fontFamily = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"

/** Type sizes in pixels at a figure's natural width. */
export const fontSize = { small: 12, body: 14, strong: 15 } as const

/** Natural widths in pixels: a whole column of the page, and half of it. */
export const figureWidth = { full: 960, half: 470 } as const

const all: ReadonlyArray<Token> = [...Object.values(neutral), ...Object.values(hues)]
const byLight = new Map(all.map((t) => [t.light, `var(--${t.name})`]))

/** An SVG text whose colours follow the page's scheme; ramps are left alone, see the `ramp` class in the style sheet. */
export const themed = (svg: string): string =>
  svg.replaceAll(/ (fill|stroke|color)="(#[0-9a-f]{6})"/g, (whole, attribute: string, value: string) => {
    const variable = byLight.get(value)
    return variable === undefined ? whole : ` ${attribute}="${variable}"`
  })

/** CSS custom properties of one scheme. */
export const properties = (scheme: "light" | "dark"): string => all.map((t) => `--${t.name}:${t[scheme]}`).join(";")
