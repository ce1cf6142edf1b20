/** Colour ramps for quantities: even steps of the value are even steps of lightness (Oklab, Ottosson 2020). */

type Lab = readonly [number, number, number]

const toLinear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
const toSrgb = (c: number): number => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055)

const labOf = (hex: string): Lab => {
  const [r, g, b] = [1, 3, 5].map((i) => toLinear(Number.parseInt(hex.slice(i, i + 2), 16) / 255)) as [
    number,
    number,
    number
  ]
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  ]
}

const rgbOf = ([L, a, b]: Lab): readonly [number, number, number] => {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3
  const channel = (c: number) => Math.round(255 * toSrgb(Math.max(0, Math.min(1, c))))
  return [
    channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  ]
}

/** A colour for each number from 0 to 1; numbers outside are clamped. */
export interface Ramp {
  readonly rgb: (t: number) => readonly [number, number, number]
  readonly hex: (t: number) => string
  /** A text colour that reads on `hex(t)`. */
  readonly text: (t: number) => string
}

const ramp = (stops: ReadonlyArray<string>): Ramp => {
  const labs = stops.map(labOf)
  const lab = (t: number): Lab => {
    const place = Math.max(0, Math.min(1, t)) * (labs.length - 1)
    const i = Math.min(labs.length - 2, Math.floor(place))
    const f = place - i
    return [0, 1, 2].map((c) => labs[i]![c]! * (1 - f) + labs[i + 1]![c]! * f) as unknown as Lab
  }
  const rgb = (t: number) => rgbOf(lab(t))
  return {
    rgb,
    hex: (t) =>
      `#${rgb(t)
        .map((c) => c.toString(16).padStart(2, "0"))
        .join("")}`,
    text: (t) => (lab(t)[0] > 0.62 ? "#10182a" : "#fafbfd")
  }
}

/** Sequential, pale to deep blue: shares and probabilities. */
export const sea = ramp(["#f3f7fa", "#b9dbe8", "#62b0d0", "#2079b0", "#1d478a", "#10194a"])
/** Sequential, pale to deep red: what links carry, told apart from what units do. */
export const ember = ramp(["#ece6e0", "#f3c892", "#ea9150", "#cf5530", "#942227", "#4b0b23"])
/** Diverging around 0.5: brown for less than expected, near white for as expected, blue for more. */
export const around = ramp(["#5a3410", "#b97c33", "#ecd2a6", "#f6f5f2", "#a6d0e4", "#2a7fb4", "#112a63"])
