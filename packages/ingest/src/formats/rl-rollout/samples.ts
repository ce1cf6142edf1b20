/** Samples in a file of a trainer, whatever it is built of: a list of dicts, a dict of lists, or a batch of padded arrays. */
import { ContentFault } from "../../fault/content-fault.ts"
import type { ReadTensor } from "../../parts/open-tree.ts"
import { itemsOf, type Node, type Numbers, numbersOf } from "../../parts/numbers.ts"

export type Fields = ReadonlyMap<string | number, Node>

/** What a file holds of one sample. */
export interface Sample {
  readonly index: number
  /** Of a dict of lists or arrays the sample's own part. */
  readonly numbers: (names: ReadonlyArray<string>) => Numbers | undefined
  readonly value: (names: ReadonlyArray<string>) => Node | undefined
  /** Turns, where they are kept one by one. */
  readonly messages: ReadonlyArray<Fields> | undefined
  /** True where it is a row of a batch, which is padded at its ends. */
  readonly padded: boolean
}

/** Names of the ids by trainer: slime and miles, verl, NeMo-RL and prime-rl. */
export const routedNames = ["rollout_routed_experts", "routed_experts"]

const isFields = (node: Node | undefined): node is Map<string | number, never> => node instanceof Map

const first = (fields: Fields, names: ReadonlyArray<string>): Node | undefined => {
  for (const name of names) if (fields.has(name)) return fields.get(name)
  return undefined
}

const oneSample = (fields: Fields, index: number, readTensor: ReadTensor): Sample => ({
  index,
  value: (names) => first(fields, names),
  numbers: (names) => numbersOf(first(fields, names), readTensor),
  messages: itemsOf(fields.get("message_log"))?.filter(isFields),
  padded: false
})

/** Sample `b` of a dict whose values have one part a sample. */
const columnSample = (fields: Fields, b: number, of: number, padded: boolean, readTensor: ReadTensor): Sample => {
  /** The sample's own part: a value of a list, or the rows of an array. */
  const part = (names: ReadonlyArray<string>): { readonly node?: Node | undefined; readonly rows?: Numbers } => {
    const node = first(fields, names)
    const items = itemsOf(node)
    if (items !== undefined) return items.length === of ? { node: items[b] } : {}
    const all = numbersOf(node, readTensor)
    return all !== undefined && all.shape[0] === of ? { rows: all.at(b) } : {}
  }
  return {
    index: b,
    value: (names) => {
      const { node, rows } = part(names)
      return rows?.shape.length === 0 ? rows.read()[0] : node
    },
    numbers: (names) => {
      const { node, rows } = part(names)
      return rows ?? numbersOf(node, readTensor)
    },
    messages: undefined,
    padded
  }
}

/** Fields by which a batch is known where three dimensions could be one sample. */
const batched = ["attention_mask", "input_ids", "input_lengths", "response_mask", "loss_mask", "token_mask"]

/** Samples of a dict that has ids. */
function* ofFields(fields: Fields, readTensor: ReadTensor, index: number): Generator<Sample> {
  const routed = first(fields, routedNames)
  const items = itemsOf(routed)
  const numbers = numbersOf(routed, readTensor)
  const dimensions = numbers?.shape.length ?? 0
  if (
    dimensions === 4 ||
    (dimensions === 3 && batched.some((name) => numbersOf(fields.get(name), readTensor)?.shape.length === 2))
  ) {
    for (let b = 0; b < numbers!.shape[0]!; b++)
      yield columnSample(fields, b, numbers!.shape[0]!, items === undefined, readTensor)
    return
  }
  // A list of arrays of several lengths is one a sample; nested lists of numbers are an array.
  if (items !== undefined && numbers === undefined) {
    for (let b = 0; b < items.length; b++) yield columnSample(fields, b, items.length, false, readTensor)
    return
  }
  yield oneSample(fields, index, readTensor)
}

const maxDepth = 8

/** All samples of a value, in its order. Throws `ContentFault` where there is none. */
export function* samplesOf(root: Node, readTensor: ReadTensor): Generator<Sample> {
  const seen = new Set<object>()
  let index = 0
  /** One value in several places would make much work of a small file. */
  const once = (node: Node | undefined): void => {
    if (typeof node !== "object" || node === null) return
    if (seen.has(node)) throw new ContentFault("Malformed", `record ${index}`, "is the same object as another record")
    seen.add(node)
  }
  const visit = function* (node: Node | undefined, depth: number): Generator<Sample> {
    if (typeof node !== "object" || node === null || depth > maxDepth) return
    once(node)
    if (isFields(node)) {
      const fields: Fields = node
      if (routedNames.some((name) => fields.has(name)) || fields.has("message_log")) {
        for (const sample of ofFields(fields, readTensor, index)) {
          const ids = [sample, ...(sample.messages ?? [])].map((one) =>
            "value" in one ? one.value(routedNames) : first(one, routedNames)
          )
          for (const one of ids) once(one)
          yield { ...sample, index: index++ }
        }
        return
      }
      for (const item of fields.values())
        if (isFields(item) || itemsOf(item) !== undefined) yield* visit(item, depth + 1)
      return
    }
    for (const item of itemsOf(node) ?? [])
      if (isFields(item) || itemsOf(item) !== undefined) yield* visit(item, depth + 1)
  }
  yield* visit(root, 0)
  if (index === 0)
    throw new ContentFault(
      "WrongShape",
      "record 0",
      `no sample with ${routedNames.join(" or ")}`,
      "save samples as dicts with the ids and the lengths or masks that tell prompt from answer"
    )
}
