// Reads declaration files as `tsc` writes them: what an entry exports, and the text of each declaration.
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** Top-level statements of a declaration file, with the comments that stand before them. */
const statementsOf = (text) => {
  const lines = text.split("\n").filter((line) => !line.startsWith("//# sourceMappingURL"))
  const starts = lines.flatMap((line, i) => (/^(?:export|import|declare|interface|type|\/\*\*)/.test(line) ? [i] : []))
  const blocks = starts.map((start, i) => lines.slice(start, starts[i + 1] ?? lines.length).join("\n"))
  return blocks.reduce((joined, block) => {
    const before = joined.at(-1)
    return before?.startsWith("/**") && !/\n(?:export|import|declare|interface|type)/.test(before)
      ? [...joined.slice(0, -1), `${before}\n${block}`]
      : [...joined, block]
  }, [])
}

const withoutComments = (block) =>
  block
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\n/gm, "")
    .trim()

const declared = /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:const|class|function|interface|type|enum) (\w+)/

/** `./x.ts` and `./x.js` of a declaration file stand for `./x.d.ts`. */
const fileOf = (from, specifier) => {
  const file = join(dirname(from), specifier.replace(/\.[jt]s$/, ".d.ts"))
  return existsSync(file) ? file : undefined
}

/** Names that a declaration file exports: where each is declared, and its text; those of other packages without text. */
export const exportsOf = (file) => {
  const found = new Map()
  const statements = statementsOf(readFileSync(file, "utf8"))
  const texts = new Map()
  for (const statement of statements) {
    const text = withoutComments(statement)
    const name = declared.exec(text)?.[1]
    if (name !== undefined) texts.set(name, [...(texts.get(name) ?? []), text])
    if (name !== undefined && text.startsWith("export")) found.set(name, { text: () => texts.get(name).join("\n") })
  }
  for (const statement of statements) {
    const text = withoutComments(statement)
    const star = /^export \* from "([^"]+)"/.exec(text)?.[1]
    if (star !== undefined) {
      const target = fileOf(file, star)
      if (target !== undefined) for (const [name, value] of exportsOf(target)) found.set(name, value)
    }
    const list = /^export (?:type )?\{([^}]*)\}(?: from "([^"]+)")?/.exec(text)
    if (list === null) continue
    const target = list[2] === undefined ? undefined : fileOf(file, list[2])
    const inside = target === undefined ? undefined : exportsOf(target)
    for (const part of list[1].split(",").map((word) => word.trim().replace(/^type /, ""))) {
      if (part === "") continue
      const [name, as = name] = part.split(" as ")
      const value = inside?.get(name) ?? (texts.has(name) ? { text: () => texts.get(name).join("\n") } : undefined)
      found.set(as, value ?? { text: () => `/* of ${list[2] ?? "this file"} */ ${name}` })
    }
  }
  return found
}
