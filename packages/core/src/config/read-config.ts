/** Reads what Moira needs to know of a model from the configuration that it is published with (Hugging Face's config.json). */
import type { Model } from "../model.ts"
import { bytesPerWeight } from "../weight-formats.ts"
import { type Fact, factNames, ffnNames } from "./fields.ts"
import { ruledLayers } from "./layer-rules.ts"
import { type Config, firstOf, isConfig, type Part, textParts, valueAt } from "./lookup.ts"
import { foundFormat } from "./weights.ts"

/** One fact with the field that it was taken from. */
export interface TakenFact {
  /** As in a model file. */
  readonly fact: string
  readonly value: string
  /** Path of the field in the configuration; what was assumed where no field says it. */
  readonly from: string
  readonly assumed: boolean
}

export type ConfigReading =
  | { readonly model: Model; readonly taken: ReadonlyArray<TakenFact> }
  /** What is missing or not understood, each as text. */
  | { readonly faults: ReadonlyArray<string> }

/** Families whose `intermediate_size` is that of the experts, dense layers or not. */
const ffnIsOfExperts = /^(llama4|jamba|mixtral|phimoe|olmoe|flex_olmo|granitemoe|gpt_oss|minimax|arctic)/
/** Families with one shared expert that their configurations do not count. */
const sharesOne = /^llama4/
/** Families whose `num_hidden_layers`, if any, counts halves of layers. */
const countsHalves = /^longcat/

/** Activations without a gate: an expert is up and down alone. */
const ungated = new Set(["relu2", "relu", "squared_relu", "sqrelu", "relu_squared"])

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** A count, or a list that gives every layer the same. */
const count = (value: unknown): number | undefined => {
  if (!Array.isArray(value)) return isCount(value) ? value : undefined
  return isCount(value[0]) && value.every((each) => each === value[0]) ? value[0] : undefined
}

const textAt = (config: Config, name: string): string | undefined => {
  const value = valueAt(config, name)
  return typeof value === "string" ? value : undefined
}

/** Collects facts, where they came from, and what is wrong. */
class Reading {
  readonly taken: Array<TakenFact> = []
  readonly faults: Array<string> = []
  readonly #part: Part

  constructor(part: Part) {
    this.#part = part
  }

  note(fact: string, value: unknown, from: string, assumed = false): void {
    this.taken.push({ fact, value: String(value), from, assumed })
  }

  /** A number that may be absent. */
  maybe(fact: Fact, names: ReadonlyArray<string> = factNames[fact]): number | undefined {
    const found = firstOf(this.#part.config, names)
    if (found === undefined) return undefined
    const value = count(found.value)
    const from = `${this.#part.path}${found.name}`
    if (value !== undefined) this.note(fact, value, from)
    else if (Array.isArray(found.value)) this.faults.push(`${fact}: ${from} differs from layer to layer`)
    else this.faults.push(`${fact}: ${from} is ${JSON.stringify(found.value)}, no whole number`)
    return value
  }

  /** A number without which there is no model; -1 where it is absent, which is told. */
  must(fact: Fact, names: ReadonlyArray<string> = factNames[fact]): number {
    const told = this.faults.length
    const value = this.maybe(fact, names)
    if (value === 0) this.faults.push(`${fact} is 0`)
    if (value === undefined && this.faults.length === told)
      this.faults.push(`${fact} is missing: looked for ${names.join(", ")}`)
    return value ?? -1
  }
}

/** Layers in all: of some families halves are counted too, and of some only a list shows how many there are. */
const layerCount = (reading: Reading, { config }: Part, family: string): number => {
  const list = firstOf(config, ["layers_block_type", "hybrid_override_pattern"])
  const listed = typeof list?.value === "string" || Array.isArray(list?.value) ? list.value.length : undefined
  const names = factNames.layers
  if (firstOf(config, names) === undefined && list !== undefined && listed !== undefined) {
    reading.note("layers", listed, list.name)
    return listed
  }
  return reading.must("layers", countsHalves.test(family) ? ["num_layers", ...names] : names)
}

/** The form in which a model says its layers: steps where they are even. */
const moeOf = (layers: ReadonlyArray<number>): Model["moe"] => {
  const first = layers[0]!
  const last = layers.at(-1)!
  const every = layers.length === 1 ? 1 : layers[1]! - first
  return layers.every((layer, i) => layer === first + i * every) ? { first, last, every } : { layers }
}

const expertWidthFact = (reading: Reading, part: Part, family: string, dense: boolean): number => {
  if (firstOf(part.config, factNames.expertFfn) !== undefined) return reading.must("expertFfn")
  if (ffnIsOfExperts.test(family) || !dense) return reading.must("expertFfn", [...factNames.expertFfn, ...ffnNames])
  reading.faults.push(
    `expertFfn is missing: looked for ${factNames.expertFfn.join(", ")} (intermediate_size is that of the dense layers)`
  )
  return -1
}

const activationNames = [
  "mlp_hidden_act",
  "hidden_act",
  "hidden_activation",
  "activation",
  "ffn_config.ffn_act_fn.name"
]

const matricesOf = (reading: Reading, { config, path }: Part): 2 | 3 => {
  const found = firstOf(config, activationNames)
  const name = typeof found?.value === "string" ? found.value.toLowerCase() : undefined
  const matrices = name !== undefined && ungated.has(name) ? 2 : 3
  if (found !== undefined && name !== undefined) reading.note("matrices", matrices, `${path}${found.name} ${name}`)
  else reading.note("matrices", matrices, "no field says the activation, a gated expert is taken", true)
  return matrices
}

interface Shared {
  readonly sharedExperts: number
  readonly sharedFfn?: number
}

const sharedOf = (reading: Reading, family: string, expertFfn: number): Shared => {
  const told = reading.taken.length
  const given = reading.maybe("sharedExperts")
  const width = reading.maybe("sharedFfn") ?? 0
  if (width === 0 && reading.taken.at(-1)?.fact === "sharedFfn") reading.taken.splice(-1)
  if (given === undefined && width === 0) {
    if (!sharesOne.test(family)) return { sharedExperts: 0 }
    reading.note("sharedExperts", 1, `models of ${family} have one that no field counts`, true)
    return { sharedExperts: 1 }
  }
  const sharedExperts = given ?? 1
  if (given === undefined) reading.note("sharedExperts", 1, `its width ${reading.taken[told]!.from}`)
  return { sharedExperts, ...(width === 0 || width === expertFfn || sharedExperts === 0 ? {} : { sharedFfn: width }) }
}

/** Groups of group-limited routing; DeepSeek's other methods have them in the configuration and ignore them. */
const routingOf = (reading: Reading, { config, path }: Part): Model["routing"] => {
  const groups = firstOf(config, ["n_group", "num_expert_group", "n_expert_groups"])
  const perToken = firstOf(config, ["topk_group", "n_limited_groups"])
  if (!isCount(groups?.value) || !isCount(perToken?.value) || groups.value < 2) return undefined
  if (valueAt(config, "topk_method") === "greedy") return undefined
  reading.note(
    "routing",
    `${perToken.value} of ${groups.value} groups`,
    `${path}${groups.name}, ${path}${perToken.name}`
  )
  return { groups: groups.value, groupsPerToken: perToken.value }
}

/** A name as the id of a model. */
const slug = (name: string): string =>
  name
    .split("/")
    .at(-1)!
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+/g, "")

/** A repository's name where the configuration knows the one it was loaded from, else the name given. */
const nameOf = (config: Config, given: string): string => {
  const own = valueAt(config, "_name_or_path")
  return typeof own === "string" && /^[\w.-]+\/[\w.-]+$/.test(own) ? own : given
}

/**
 * Reads a configuration of any family: which field gave which fact, or all that is missing. `name` is what the model is
 * called where the configuration does not know. Pure.
 */
export const readConfig = (config: Config, name: string): ConfigReading => {
  const [part, ...around] = textParts(config)
  const family = textAt(part.config, "model_type") ?? textAt(config, "model_type") ?? ""
  if (firstOf(part.config, [...factNames.experts, ...factNames.topK]) === undefined)
    return { faults: [`no field counts experts, as of a dense model: looked for ${factNames.experts.join(", ")}`] }
  const reading = new Reading(part)
  const layers = layerCount(reading, part, family)
  const hidden = reading.must("hidden")
  const experts = reading.must("experts")
  const topK = reading.must("topK")
  const ruled = layers > 0 && layers <= 4096 ? ruledLayers(withMoe(part.config), layers) : undefined
  if (layers > 4096) reading.faults.push(`layers: ${layers}, more than any model has (4,096)`)
  if (typeof ruled === "string") reading.faults.push(`moe: ${ruled}`)
  const moe = typeof ruled === "object" ? ruled.layers : []
  if (typeof ruled === "object")
    reading.note(
      "moe",
      `${moe.length} layers${moe.length === layers ? ", all" : `: ${moe.slice(0, 12).join(" ")}${moe.length > 12 ? " ..." : ""}`}`,
      ruled.from.length > 0
        ? ruled.from.map((from) => `${part.path}${from}`).join(", ")
        : "no field speaks of dense layers",
      ruled.from.length === 0
    )
  const expertFfn = expertWidthFact(reading, part, family, moe.length < layers)
  const matrices = matricesOf(reading, part)
  const shared = sharedOf(reading, family, expertFfn)
  const zeroExperts = reading.maybe("zeroExperts") ?? 0
  const routedHidden = reading.maybe("routedHidden") ?? hidden
  const routing = routingOf(reading, part)
  const weights = foundFormat([part, ...around])
  reading.note(
    "weightFormat",
    `${weights.format}, ${bytesPerWeight(weights.format)} bytes a weight`,
    weights.assumed ?? weights.from,
    weights.assumed !== undefined
  )
  if (reading.faults.length > 0) return { faults: reading.faults }
  const called = nameOf(config, name)
  return {
    taken: reading.taken,
    model: {
      id: slug(called) || "model",
      title: called,
      aliases: called.includes("/") ? [called] : [],
      layers,
      moe: moeOf(moe),
      experts,
      ...(zeroExperts === 0 ? {} : { zeroExperts }),
      topK,
      hidden,
      ...(routedHidden === hidden ? {} : { routedHidden }),
      expertFfn,
      ...(matrices === 3 ? {} : { matrices }),
      ...shared,
      ...(routing === undefined ? {} : { routing }),
      servingBytesPerWeight: bytesPerWeight(weights.format),
      weightFormat: weights.format,
      source: `config.json of ${called}${family === "" ? "" : ` (${family})`}`
    }
  }
}

/** Mistral's own params.json keeps what is of experts in an object of its own. */
const withMoe = (config: Config): Config => {
  const moe = valueAt(config, "moe")
  return isConfig(moe) ? { ...moe, ...config } : config
}

/** True for a configuration of a published model, which Moira's own model files are not. */
export const looksLikeConfig = (value: unknown): value is Config => {
  if (
    !isConfig(value) ||
    "topK" in value ||
    "expertFfn" in value ||
    (isConfig(value["moe"]) && "first" in value["moe"])
  )
    return false
  const [part] = textParts(value)
  return (
    "model_type" in value ||
    "architectures" in value ||
    firstOf(
      part.config,
      factNames.experts.filter((name) => name !== "experts")
    ) !== undefined ||
    firstOf(part.config, ["num_hidden_layers", "hidden_size"]) !== undefined
  )
}
