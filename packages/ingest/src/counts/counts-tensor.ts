/**
 * Counts or mean loads as one array `[layer, expert]` or `[step, layer, expert]` in a file of torch.save, a pickle or an `.npz`, under a
 * name that says so: `expert_load`, `expert_counts`, `activation_freq` and the like, as vLLM, ktransformers and scripts keep them.
 */
import { bytesInMemory } from "../codecs/bytes/byte-source.ts"
import { openNpz } from "../codecs/npy/npz.ts"
import { openTorch, torchSample } from "../codecs/pickle/torch-file.ts"
import { firstMemberName, isZip } from "../codecs/zip/zip.ts"
import type { CountsSource } from "../counts-source.ts"
import { ContentFault } from "../fault/content-fault.ts"
import { type Numbers, NpyNode, numbersOf } from "../parts/numbers.ts"
import type { CountsArray } from "./parts/json-scan.ts"
import { checkedLoads } from "./parts/loads.ts"
import { oneFileEach } from "./parts/workloads.ts"

const endings = [".pt", ".pkl", ".npz"]

const names = [
  "expert_load",
  "expert_loads",
  "expert_load_window",
  "expert_load_pass",
  "expert_count",
  "expert_counts",
  "expert_frequency",
  "expert_freq",
  "expert_usage",
  "activation_freq",
  "activation_counts",
  "expert_activation_counts",
  "hotness"
]

/** Of these an engine counts physical slots. */
const physical = new Set(["expert_load_window", "expert_load_pass"])

const ofNames = (found: ReadonlyMap<string, Numbers>): CountsArray => {
  const [only, more] = [...found]
  if (only === undefined)
    throw new ContentFault("WrongShape", "record 0", `no array under ${names.slice(0, 4).join(", ")} or the like`)
  if (more !== undefined)
    throw new ContentFault(
      "WrongShape",
      "record 0",
      `holds several arrays of counts: ${[...found.keys()].join(", ")}`,
      "keep the one that is meant, or give each a file of its own"
    )
  const [name, numbers] = only
  const { shape } = numbers
  if ((shape.length !== 2 && shape.length !== 3) || shape.includes(0))
    throw new ContentFault(
      "WrongShape",
      "record 0",
      `${name} is [${shape.join(", ")}], where [layer, expert] or [step, layer, expert] belongs`
    )
  const note = "slots were taken for experts, which they are where none was redundant or moved"
  const values = checkedLoads(Float64Array.from(numbers.read()), "record 0")
  return { shape, values, ...(physical.has(name) ? { notes: [note] } : {}) }
}

const decode = (bytes: Uint8Array, file: string): CountsArray => {
  const found = new Map<string, Numbers>()
  const add = (name: string, numbers: Numbers | undefined) => {
    if (numbers !== undefined) found.set(name, numbers)
  }
  if (file.endsWith(".npz")) {
    const { names: all, array } = openNpz(bytes)
    for (const name of names)
      if (all.has(name))
        add(
          name,
          numbersOf(new NpyNode(() => array(name)), () => new Float64Array(0))
        )
    return ofNames(found)
  }
  const { root, read } = openTorch(bytesInMemory(bytes))
  if (root instanceof Map) for (const name of names) add(name, numbersOf(root.get(name), read))
  return ofNames(found)
}

const countsTensor: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "counts-tensor",
  title: "expert counts or loads as an array [layer, expert] or [step, layer, expert] by name, .pt, .pkl or .npz",
  endings,
  recognises: ({ bytes }) => {
    const keys = torchSample(bytes, [...names, "records", "logical_count", "routed_experts", "rollout_routed_experts"])
    const some = keys !== undefined && names.some((name) => keys.has(name))
    if (
      some &&
      !["records", "logical_count", "routed_experts", "rollout_routed_experts"].some((name) => keys.has(name))
    )
      return { matches: true }
    const member = isZip(bytes) ? firstMemberName(bytes)?.replace(/\.npy$/, "") : undefined
    if (member !== undefined && names.includes(member)) return { matches: true }
    return { matches: false, why: "no array that is named expert_load, expert_counts or the like" }
  },
  read: oneFileEach(endings, decode)
}

export default countsTensor
