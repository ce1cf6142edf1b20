/** What the names of models have in common: organisations before them, and endings that leave the shape as it is. */

/** A repository's name without its organisation, a path's last part, in lower case. */
export const bareName = (name: string): string => {
  const parts = name
    .toLowerCase()
    .split(/[\\/]/)
    .filter((part) => part !== "")
  // Servers started from the hub's cache name the folder of a commit: models--org--name/snapshots/COMMIT.
  const ofCommit = parts.at(-2) === "snapshots" ? parts.at(-3) : undefined
  const last = (ofCommit?.startsWith("models--") === true ? ofCommit : parts.at(-1)) ?? ""
  const cached = /^models--(?:.*--)?(.+)$/.exec(last)
  return (cached?.[1] ?? last).replaceAll(/[\s_]+/g, "-").replace(/\.gguf$/, "")
}

/** How weights are tuned or stored, and when they came out. None of these changes layers, experts or widths. */
const endings: ReadonlyArray<RegExp> = [
  /[-.](?:instruct|chat|base|thinking|reasoning|it|pt|hf|preview|original)$/,
  /[-.](?:fp8|bf16|fp16|fp4|nvfp4|mxfp4|mxfp8|int4|int8|awq|gptq|gguf|mlx|bnb|quantized|dequantized)$/,
  /[-.](?:w\d+a\d+(?:\d*fp\d*)?|[2-8]-?bits?|dynamic|block|static|per-?tensor|per-?channel|g\d+)$/,
  /[-.](?:i?q\d(?:-[a-z0-9]+)*|ud-.*)$/,
  /-v0\.\d+$/,
  // Month and day, year and month, or a whole date.
  /-(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/,
  /-2[3-9](?:0[1-9]|1[0-2])$/,
  /-20\d{2}-?(?:0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12]\d|3[01]))?$/
]

/** The name without organisation and such endings. */
export const plainName = (name: string): string => {
  let plain = bareName(name)
  for (let before = ""; before !== plain;) {
    before = plain
    for (const ending of endings) plain = plain.replace(ending, "")
  }
  return plain
}

/** Words that name a smaller, cut or other model of a family. */
const otherShape =
  /(?:^|[-.])(?:pruned?|reap|distill(?:ed)?|layers?|mini|lite|tiny|small|nano|air|flash|pro|max|plus|large|next|scout|super|ultra|vl|omni)(?:$|[-.\d])|\d(?:layers?|b|m|e|t|x\d)(?:$|[-.])/

/** True where `name` is that of `known` with more behind or before it that does not speak of another size. */
export const isVariantOf = (name: string, known: string): boolean => {
  const bare = bareName(name)
  const base = plainName(known)
  const at = bare.indexOf(base)
  if (base.length < 4 || at < 0) return false
  const before = bare.slice(0, at)
  const after = bare.slice(at + base.length)
  return /(?:^|[-.])$/.test(before) && /^(?:$|[-.])/.test(after) && !otherShape.test(before) && !otherShape.test(after)
}
