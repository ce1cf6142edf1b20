/** The few names that torch.save writes, and what they make. Nothing is imported, called or evaluated. */
import { storageTypes } from "./dtype.ts"
import type { Refuse } from "./limits.ts"
import { Global, type Plain, Storage, Tensor, Tuple } from "./plain.ts"

const orderedDict = "collections.OrderedDict"
const rebuildTensor = "torch._utils._rebuild_tensor_v2"

const isWhole = (value: Plain | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** Text in messages: short and printable. */
export const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)

/** A name that a recording has a use for. */
export const knownGlobal = (module: string, name: string, refuse: Refuse): Global => {
  const full = `${module}.${name}`
  if (full !== orderedDict && full !== rebuildTensor && !storageTypes.has(full))
    refuse(`names ${shown(full)}, which a recording has no use for; nothing of it was run`)
  return new Global(full)
}

/** `('storage', torch.IntStorage, key, location, elements)`: torch/serialization.py, persistent_id. */
export const storageOf = (id: Plain, refuse: Refuse): Storage => {
  const [word, type, key, location, count] = id instanceof Tuple ? id.items : []
  const known = type instanceof Global ? storageTypes.get(type.name) : undefined
  if (
    word !== "storage" ||
    known === undefined ||
    typeof key !== "string" ||
    typeof location !== "string" ||
    !isWhole(count)
  )
    return refuse("a persistent id that names no storage")
  return new Storage(known, key, count)
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])`: torch/_utils.py. */
const tensorOf = ({ items }: Tuple, refuse: Refuse): Tensor => {
  const [storage, offset, size, stride] = items
  if (items.length < 6 || items.length > 7 || !(storage instanceof Storage) || !isWhole(offset))
    return refuse("a tensor that is not built as torch.save builds it")
  if (!(size instanceof Tuple) || !(stride instanceof Tuple) || size.items.length !== stride.items.length)
    return refuse("a tensor whose sizes and strides do not pair")
  const [shape, strides] = [size.items, stride.items]
  if (shape.length > 8 || !shape.every(isWhole) || !strides.every(isWhole))
    return refuse("a tensor whose sizes or strides are no whole numbers")
  const tensor = new Tensor(storage, offset, shape, strides)
  const last = shape.includes(0) ? 0 : shape.reduce((at, n, d) => at + (n - 1) * strides[d]!, offset) + 1
  if (last > storage.count)
    refuse(`a tensor [${shape.join(", ")}] that reaches beyond the ${storage.count} elements of its storage`)
  if (tensor.elements > storage.count)
    refuse(`a tensor [${shape.join(", ")}] that repeats the ${storage.count} elements of its storage`)
  return tensor
}

/** What calling a known name with arguments stands for: a tensor, or an empty dict. */
export const madeBy = (callee: Plain, args: Plain, refuse: Refuse): Plain => {
  if (!(callee instanceof Global) || !(args instanceof Tuple)) return refuse("calls what is no known name")
  if (callee.name === rebuildTensor) return tensorOf(args, refuse)
  if (callee.name !== orderedDict || args.items.length > 0)
    return refuse(`calls ${callee.name} in a way that torch.save does not`)
  return new Map()
}
