/** Which layers of a configuration have experts. */
import { type Config, valueAt } from "./lookup.ts"

/** Longer texts list more layers than any model has. */
const mostText = 1 << 16

export interface RuledLayers {
  /** Ascending. */
  readonly layers: ReadonlyArray<number>
  /** Fields that said so, with their values. */
  readonly from: ReadonlyArray<string>
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** A number, or a list of the same number for each modality. */
const countAt = (config: Config, name: string): number | undefined => {
  const value = valueAt(config, name)
  const [first] = Array.isArray(value) ? value : [value]
  const same = !Array.isArray(value) || value.every((each) => each === first)
  return isCount(first) && same ? first : undefined
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const notUnderstood = (config: Config, name: string): string =>
  `${name} is ${short(valueAt(config, name))}, which is not understood`

/** Fields that list layers with experts by number. */
const listNames = ["moe_layers_enum", "moe_layers", "moe_layer_indices"]
/** Fields that have an entry for each layer. */
const markNames = [
  "hybrid_override_pattern",
  "layers_block_type",
  "mlp_layer_types",
  "moe_layer_freq",
  "moe_layer_layout",
  "is_moe_layer"
]

/** Layers that a field lists or marks one by one; undefined where none does, and what is wrong as text. */
const listed = (
  config: Config
): { readonly from: string; readonly marks: ReadonlyArray<boolean> | ReadonlyArray<number> } | string | undefined => {
  for (const name of listNames) {
    const value = valueAt(config, name)
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    const numbers = typeof value === "string" ? value.split(",").map((each) => Number(each.trim() || "x")) : value
    if (!Array.isArray(numbers) || !numbers.every(isCount)) return notUnderstood(config, name)
    return { from: name, marks: numbers }
  }
  for (const name of markNames) {
    const value = valueAt(config, name)
    const marks = (
      typeof value === "string"
        ? value.slice(0, mostText).replaceAll("|", "").split("")
        : Array.isArray(value)
          ? value
          : []
    ).map((mark: unknown) => ["E", "moe", "sparse", 1, true].includes(mark as string))
    if (marks.includes(true)) return { from: name, marks }
  }
  return undefined
}

interface Rule {
  readonly names: ReadonlyArray<string>
  readonly keeps: (config: Config, layer: number) => boolean
}

const oneIn = (layer: number, step: number | undefined, offset = 0): boolean =>
  step === undefined || step === 0 || (layer + offset) % step === 0

/** Each leaves dense layers out; fields that a configuration lacks leave out none. */
const rules: ReadonlyArray<Rule> = [
  {
    names: ["first_k_dense_replace"],
    keeps: (config, layer) => layer >= (countAt(config, "first_k_dense_replace") ?? 0)
  },
  { names: ["num_dense_layers"], keeps: (config, layer) => layer >= (countAt(config, "num_dense_layers") ?? 0) },
  { names: ["n_dense_layers"], keeps: (config, layer) => layer >= (countAt(config, "n_dense_layers") ?? 0) },
  {
    names: ["moe_layer_num_skipped"],
    keeps: (config, layer) => layer >= (countAt(config, "moe_layer_num_skipped") ?? 0)
  },
  {
    names: ["moe_layer_freq"],
    keeps: (config, layer) => {
      // A mark for each layer, none of them set, is no step of 0.
      const marks = valueAt(config, "moe_layer_freq")
      const none = Array.isArray(marks) && marks.length > 2 && marks.every((mark) => mark === 0)
      return !none && oneIn(layer, countAt(config, "moe_layer_freq"))
    }
  },
  { names: ["moe_layer_frequency"], keeps: (config, layer) => oneIn(layer, countAt(config, "moe_layer_frequency"), 1) },
  { names: ["decoder_sparse_step"], keeps: (config, layer) => oneIn(layer, countAt(config, "decoder_sparse_step"), 1) },
  {
    names: ["mlp_only_layers"],
    keeps: (config, layer) => {
      const dense = valueAt(config, "mlp_only_layers")
      return !Array.isArray(dense) || !dense.includes(layer)
    }
  },
  {
    names: ["interleave_moe_layer_step"],
    keeps: (config, layer) => oneIn(layer, countAt(config, "interleave_moe_layer_step"), 1)
  },
  {
    names: ["expert_layer_period", "expert_layer_offset"],
    keeps: (config, layer) => {
      const period = countAt(config, "expert_layer_period")
      return period === undefined || period === 0 || layer % period === (countAt(config, "expert_layer_offset") ?? 0)
    }
  },
  {
    names: ["moe_layer_start_index", "moe_layer_end_index"],
    keeps: (config, layer) => {
      const end = countAt(config, "moe_layer_end_index")
      return layer >= (countAt(config, "moe_layer_start_index") ?? 0) && (end === undefined || layer <= end)
    }
  },
  { names: ["moe_layer_interval"], keeps: (config, layer) => oneIn(layer, countAt(config, "moe_layer_interval"), 1) },
  {
    names: ["moe_every_n_layer", "moe_layer_offset"],
    keeps: (config, layer) => {
      const offset = countAt(config, "moe_layer_offset") ?? 0
      const every = countAt(config, "moe_every_n_layer")
      return every === undefined || every === 0 || (layer >= offset && (layer - offset) % every === 0)
    }
  }
]

/** A count, a list of dense layers, or the -1 that stands for the last layer. */
const understood = (config: Config, name: string): boolean => {
  const value = valueAt(config, name)
  if (name === "mlp_only_layers") return Array.isArray(value) && value.every(isCount)
  return (
    countAt(config, name) !== undefined || (name === "moe_layer_end_index" && [value].flat().every((end) => end === -1))
  )
}

/** Names of fields that seem to say which layers have experts, of families that are still to come. */
const speaksOfLayers = /layer.*(?:dense|moe|sparse|expert)|(?:dense|moe|sparse|expert).*layer|dense_replace/i

/** The first field that seems to say which layers have experts and that no rule knows: to pass it over would be a guess. */
const unknownRule = (config: Config): string | undefined => {
  const known = new Set([...listNames, ...markNames, ...rules.flatMap(({ names }) => names)])
  return Object.keys(config).find((name) => {
    const value = valueAt(config, name)
    const says = typeof value === "string" || (typeof value === "number" && value > 0) || Array.isArray(value)
    return says && !known.has(name) && speaksOfLayers.test(name) && !/attn|attention/i.test(name)
  })
}

/**
 * Layers with experts of `layers`: those that a field lists or marks, or else all that no field leaves out. What is wrong
 * as text.
 */
export const ruledLayers = (config: Config, layers: number): RuledLayers | string => {
  const list = listed(config)
  if (typeof list === "string") return list
  if (list !== undefined) {
    const { from, marks } = list
    const numbers = marks.flatMap((mark, layer) => (mark === true ? [layer] : mark === false ? [] : [mark]))
    if (typeof marks[0] === "boolean" && marks.length !== layers)
      return `${from} marks ${marks.length} layers, the model has ${layers}`
    const ascending = [...new Set(numbers)].toSorted((a, b) => a - b)
    const outside = ascending.find((layer) => layer >= layers)
    if (outside !== undefined) return `${from} names layer ${outside}, the model has ${layers}`
    return { layers: ascending, from: [`${from} ${short(valueAt(config, from))}`] }
  }
  const present = rules.filter(({ names }) => names.some((name) => valueAt(config, name) !== undefined))
  const from = present.flatMap(({ names }) =>
    names.flatMap((name) => {
      const value = valueAt(config, name)
      return value === undefined ? [] : [`${name} ${short(value)}`]
    })
  )
  const odd = present
    .flatMap(({ names }) => names)
    .find((name) => valueAt(config, name) !== undefined && !understood(config, name))
  if (odd !== undefined) return notUnderstood(config, odd)
  const unknown = unknownRule(config)
  if (unknown !== undefined) return notUnderstood(config, unknown)
  const kept = Array.from({ length: layers }, (_, layer) => layer).filter((layer) =>
    present.every(({ keeps }) => keeps(config, layer))
  )
  return kept.length === 0 ? `no layer has experts by ${from.join(", ")}` : { layers: kept, from }
}
