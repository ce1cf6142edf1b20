/** SVG as text. Plot draws axes and marks; what it has no mark for is written with these. */

/** Characters that XML 1.0 does not allow, whatever a name in a trace holds. */
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Text for element content and attributes of XML and HTML. */
export const escapeXml = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(illegal, "\ufffd")
    .replaceAll(/[&<>"']/g, (c) => entities[c]!)

/** Two decimals are finer than any screen shows at these sizes. */
export const number = (value: number): string => String(Math.round(value * 100) / 100)

export type Attributes = Readonly<Record<string, string | number | undefined>>

const attributes = (values: Attributes): string =>
  Object.entries(values)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [` ${name}="${typeof value === "number" ? number(value) : escapeXml(value)}"`]
    )
    .join("")

/** An element with children that are already SVG. */
export const element = (name: string, values: Attributes, ...children: ReadonlyArray<string>): string =>
  children.length === 0
    ? `<${name}${attributes(values)}/>`
    : `<${name}${attributes(values)}>${children.join("")}</${name}>`

/** One line of text; `anchor` is where `x` lies in it, `y` its middle. */
export const label = (
  x: number,
  y: number,
  text: string,
  { anchor = "start", ...rest }: Attributes & { readonly anchor?: "start" | "middle" | "end" } = {}
): string => element("text", { x, y, dy: "0.35em", "text-anchor": anchor, ...rest }, escapeXml(text))
