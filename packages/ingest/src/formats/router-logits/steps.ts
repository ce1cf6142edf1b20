/** Router logits in a file: one array a layer, for one forward pass or for each step of a generation. */
import { ContentFault } from "../../fault/content-fault.ts"
import { itemsOf, type Node, type Numbers, numbersOf } from "../../parts/numbers.ts"
import type { Tree } from "../../parts/open-tree.ts"

/** Logits `[token][expert]` of the layers of one forward pass. */
export interface Step {
  /** Numbers of the layers, where the file has them. */
  readonly numbers: ReadonlyArray<number> | undefined
  /** By layer; undefined for a layer without a router. */
  readonly layers: ReadonlyArray<Numbers | undefined>
}

const layerKey = /^(?:router_logits[_.]?)?(?:layers?|arr|h)?[_.]?(\d{1,5})$/

export const logitsNames = ["router_logits", "gate_logits", "all_router_logits"]

/** As many rows as a batch has tokens: `[batch, token, expert]` is what transformers flattens. */
const flattened = (numbers: Numbers): Numbers | undefined => {
  const { shape } = numbers
  if (shape.length === 2) return numbers
  if (shape.length !== 3) return undefined
  return { ...numbers, shape: [shape[0]! * shape[1]!, shape[2]!] }
}

const isLayer = (node: Node, tree: Tree): boolean =>
  node === null ||
  flattened(numbersOf(node, tree.readTensor) ?? ({ shape: [] as ReadonlyArray<number> } as Numbers)) !== undefined

/** The layers of one pass, as a list or an array `[layer, token, expert]`. */
const stepOf = (node: Node, tree: Tree): Step | undefined => {
  const items = itemsOf(node)
  if (items === undefined || items.length === 0) return undefined
  const layers: Array<Numbers | undefined> = []
  for (const item of items) {
    const numbers = numbersOf(item, tree.readTensor)
    const own = numbers === undefined ? undefined : flattened(numbers)
    if (item !== null && own === undefined) return undefined
    layers.push(own)
  }
  return layers.some((layer) => layer !== undefined) ? { numbers: undefined, layers } : undefined
}

const byName = (root: ReadonlyMap<string | number, Node>, tree: Tree): Step | undefined => {
  const found = [...root].flatMap(([key, value]) => {
    const layer = layerKey.exec(String(key))?.[1]
    return layer !== undefined && isLayer(value, tree) ? [[Number(layer), value] as const] : []
  })
  if (found.length === 0) return undefined
  const sorted = found.toSorted(([a], [b]) => a - b)
  const layers = sorted.map(([, value]) => flattened(numbersOf(value, tree.readTensor)!))
  return { numbers: sorted.map(([layer]) => layer), layers }
}

/** An array `[layer, token, expert]`. */
const stacked = (node: Node, tree: Tree): Step | undefined => {
  const numbers = numbersOf(node, tree.readTensor)
  if (numbers?.shape.length !== 3) return undefined
  return { numbers: undefined, layers: Array.from({ length: numbers.shape[0]! }, (_, layer) => numbers.at(layer)) }
}

/** Refuses a value that stands in several places, which would make much work of a small file. */
const checkOnce = (root: Node): void => {
  const seen = new Set<object>()
  const visit = (node: Node): void => {
    if (typeof node !== "object" || node === null) return
    if (seen.has(node)) throw new ContentFault("Malformed", "record 0", "a value is the same object as another")
    seen.add(node)
    const items = node instanceof Map ? [...node.values()] : itemsOf(node)
    for (const item of items ?? []) visit(item)
  }
  visit(root)
}

/** The forward passes of a file, the prompt's first. Throws `ContentFault`. */
export const stepsOf = (tree: Tree): ReadonlyArray<Step> => {
  checkOnce(tree.root)
  const find = (node: Node | undefined): ReadonlyArray<Step> | undefined => {
    if (node === undefined || node === null) return undefined
    if (node instanceof Map) {
      const root: ReadonlyMap<string | number, Node> = node
      for (const name of logitsNames) if (root.has(name)) return find(root.get(name))
      const step = byName(root, tree)
      return step === undefined ? undefined : [step]
    }
    const one = stepOf(node, tree) ?? (itemsOf(node) === undefined ? stacked(node, tree) : undefined)
    if (one !== undefined) return [one]
    const steps = itemsOf(node)?.map((item) => stepOf(item, tree))
    return steps !== undefined && steps.length > 0 && steps.every((step) => step !== undefined) ? steps : undefined
  }
  const steps = find(tree.root)
  if (steps !== undefined) return steps
  throw new ContentFault(
    "WrongShape",
    "record 0",
    "no logits [token, expert] of each layer",
    "save the router_logits of the model's output: a list or dict of one array a layer, or arrays layer_N in an .npz"
  )
}
