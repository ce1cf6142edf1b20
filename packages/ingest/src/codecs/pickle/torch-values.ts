/** The few names that torch.save writes, and what they make. Nothing is imported, called or evaluated. */
import { type StorageType, storageTypes, tensorTypes, untypedStorage } from "./dtype.ts"
import type { Refuse } from "./limits.ts"
import { numpyGlobals, numpyMadeBy } from "./numpy-values.ts"
import { Global, type Plain, Storage, Tensor, Tuple } from "./plain.ts"

const orderedDict = "collections.OrderedDict"
const rebuildTensor = "torch._utils._rebuild_tensor_v2"
/** The same for tensors of an untyped storage, which say their type. */
const rebuildTyped = "torch._utils._rebuild_tensor_v3"
const untyped = "torch.storage.UntypedStorage"
const torchSize = "torch.Size"

const known = new Set([
  orderedDict,
  rebuildTensor,
  rebuildTyped,
  untyped,
  torchSize,
  ...storageTypes.keys(),
  ...tensorTypes.keys(),
  ...numpyGlobals
])

const typeOfStorage = (name: string): StorageType | undefined =>
  name === untyped ? untypedStorage : storageTypes.get(name)

const isWhole = (value: Plain | undefined): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** Text in messages: short and printable. */
export const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)

/** A name that a recording has a use for. */
export const knownGlobal = (module: string, name: string, refuse: Refuse): Global => {
  const full = `${module}.${name}`
  if (!known.has(full))
    refuse(
      `names ${shown(full)}, which a recording has no use for; nothing of it was run`,
      "read are numbers, text, lists, tuples, dicts, tensors and NumPy arrays: write the file again from these alone, without objects of classes or other types"
    )
  return new Global(full)
}

/**
 * `('storage', torch.IntStorage, key, location, elements)`: torch/serialization.py, persistent_id. The old format adds
 * which part of another storage it is, which here must be none.
 */
export const storageOf = (id: Plain, refuse: Refuse): Storage => {
  const [word, type, key, location, count, part] = id instanceof Tuple ? id.items : []
  const own = type instanceof Global ? typeOfStorage(type.name) : undefined
  if (
    word !== "storage" ||
    own === undefined ||
    typeof key !== "string" ||
    typeof location !== "string" ||
    !isWhole(count)
  )
    return refuse("a persistent id that names no storage")
  if (part !== undefined && part !== null)
    return refuse(
      "a storage that is a part of another",
      "load the file with torch.load and save it again with torch.save of a current version"
    )
  return new Storage(own, key, count)
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata])`: torch/_utils.py. */
const tensorOf = (items: ReadonlyArray<Plain>, refuse: Refuse): Tensor => {
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

/** `_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype[, metadata])` of an untyped storage. */
const typedTensorOf = ({ items }: Tuple, refuse: Refuse): Tensor => {
  const [storage, , , , , , type] = items
  const own = type instanceof Global ? tensorTypes.get(type.name) : undefined
  if (items.length < 7 || items.length > 8 || !(storage instanceof Storage) || storage.type !== untypedStorage)
    return refuse("a tensor that is not built as torch.save builds it")
  if (own === undefined) return refuse("a tensor of a type that is not read")
  const typed = new Storage(own, storage.key, Math.floor(storage.count / own.bytes))
  if (typed.count * own.bytes !== storage.count) return refuse(`a storage of ${storage.count} bytes for ${own.name}`)
  return tensorOf([typed, ...items.slice(1, 6)], refuse)
}

/** What calling a known name with arguments stands for: a tensor, an array, a number, a tuple or an empty dict. */
export const madeBy = (callee: Plain, args: Plain, refuse: Refuse): Plain => {
  if (!(callee instanceof Global) || !(args instanceof Tuple)) return refuse("calls what is no known name")
  if (callee.name === rebuildTensor) return tensorOf(args.items, refuse)
  if (callee.name === rebuildTyped) return typedTensorOf(args, refuse)
  if (callee.name === torchSize && args.items.length === 1 && args.items[0] instanceof Tuple) return args.items[0]
  if (numpyGlobals.has(callee.name)) return numpyMadeBy(callee.name, args, refuse)
  if (callee.name !== orderedDict || args.items.length > 0)
    return refuse(`calls ${callee.name} in a way that torch.save does not`)
  return new Map()
}
