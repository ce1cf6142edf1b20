/** How deep the values of a pickle may lie in one another. */
import { pickleLimits, type Refuse } from "./limits.ts"
import { Bytes, Global, NumpyArray, NumpyType, type Plain, Storage, Tensor, Tuple } from "./plain.ts"

/** Nested values from the top: refuses loops and depth, so that whoever walks the value ends. */
export const checkNesting = (root: Plain, refuse: Refuse): void => {
  const heights = new Map<object, number>()
  const height = (value: Plain, depth: number): number => {
    if (typeof value !== "object" || value === null || value instanceof Tensor || value instanceof Bytes) return 0
    if (value instanceof NumpyType) return 0
    if (value instanceof NumpyArray && value.type === undefined) return refuse("an array that is never filled")
    if (value instanceof NumpyArray && value.items === undefined) return 0
    if (value instanceof Storage || value instanceof Global) return refuse("a storage or name outside a tensor")
    const known = heights.get(value)
    if (known === -1) return refuse("a list or dict that holds itself")
    if (depth + (known ?? 0) > pickleLimits.depth) return refuse(`nested deeper than ${pickleLimits.depth} levels`)
    if (known !== undefined) return known
    heights.set(value, -1)
    let most = 0
    const items = value instanceof Tuple || value instanceof NumpyArray ? value.items! : value.values()
    for (const item of items) most = Math.max(most, height(item, depth + 1))
    heights.set(value, most + 1)
    return most + 1
  }
  height(root, 0)
}
