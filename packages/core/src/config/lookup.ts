/** Looks facts up in a parsed configuration, and finds the part of it that speaks of the language model. */
import { factNames, textConfigs } from "./fields.ts"

export type Config = Readonly<Record<string, unknown>>

export const isConfig = (value: unknown): value is Config =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The value at a name, nested by dots; null is as good as absent. */
export const valueAt = (config: Config, name: string): unknown => {
  let value: unknown = config
  for (const part of name.split(".")) value = isConfig(value) && Object.hasOwn(value, part) ? value[part] : undefined
  return value ?? undefined
}

/** A field that was found, by the name that led to it. */
export interface Found<A> {
  readonly name: string
  readonly value: A
}

export const firstOf = (config: Config, names: ReadonlyArray<string>): Found<unknown> | undefined => {
  for (const name of names) {
    const value = valueAt(config, name)
    if (value !== undefined) return { name, value }
  }
  return undefined
}

/** A part of the configuration, and how to write the path to its fields. */
export interface Part {
  readonly config: Config
  readonly path: string
}

/**
 * The configurations from the language model's own out to the whole: of those nested in each other the first that
 * counts experts, the outermost where none does.
 */
export const textParts = (config: Config): readonly [Part, ...Array<Part>] => {
  const withExperts = (part: Part, around: ReadonlyArray<Part>, depth: number): [Part, ...Array<Part>] | undefined => {
    if (firstOf(part.config, factNames.experts) !== undefined) return [part, ...around]
    if (depth === 0) return undefined
    for (const name of textConfigs) {
      const inner = valueAt(part.config, name)
      if (!isConfig(inner)) continue
      const found = withExperts({ config: inner, path: `${part.path}${name}.` }, [part, ...around], depth - 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  const whole = { config, path: "" }
  return withExperts(whole, [], 3) ?? [whole]
}
