/** Checks that numbers of an array file are counts. */
import { maxCells } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"

/** Doubles (those given, if they are such, else a copy), each checked to be whole, not negative and below 2^53; `place` names the array in messages. */
export const wholeCounts = (values: ArrayLike<number>, place: string): Float64Array => {
  const before = place === "" ? "" : `${place}, `
  if (values.length > maxCells)
    throw new ContentFault("WrongShape", `${before}entry 0`, `${values.length} counts; a workload may hold ${maxCells}`)
  const counts = values instanceof Float64Array ? values : new Float64Array(values.length)
  // A plain loop over up to millions of counts.
  for (let i = 0; i < counts.length; i++) {
    const value = values[i]!
    if (!(Number.isSafeInteger(value) && value >= 0))
      throw new ContentFault(
        "Malformed",
        `${before}entry ${i}`,
        `${value} is no count, which is a whole number from 0 to 2^53 - 1`
      )
    counts[i] = value + 0
  }
  return counts
}
