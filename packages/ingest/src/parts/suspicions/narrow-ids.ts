/** Ids that stop where a narrow integer type does, in a model that has more experts. */
import { missingExpert } from "@moira/trace/segments"
import { type Detector, enoughBits, type Rows, warning } from "./rows.ts"

/** The greatest ids that an unsigned and a signed byte hold. */
const greatest = [255, 127] as const

/** A last id chosen so much more often than the mean is where all greater ones went. */
const pileUp = 4

const anyAbove = ({ ids }: Rows, bound: number): boolean => {
  for (let i = 0; i < ids.length; i++) if (ids[i]! > bound && ids[i] !== missingExpert) return true
  return false
}

/** Whether `bound` is chosen far more often than the other ids. */
const isClamped = ({ ids }: Rows, bound: number): boolean => {
  let [last, all] = [0, 0]
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === missingExpert) continue
    all++
    if (ids[i] === bound) last++
  }
  return last * (bound + 1) > pileUp * all
}

/** Sound requests are cleared by their first great id. */
export const narrowIds: Detector = (rows) => {
  const { experts, layers, tokens } = rows
  const bound = greatest.find(
    (most) =>
      experts > most + 1 &&
      layers.length * tokens * Math.log2(experts / (most + 1)) >= enoughBits &&
      !anyAbove(rows, most)
  )
  if (bound === undefined || !rows.ids.some((id) => id !== missingExpert)) return undefined
  const how = isClamped(rows, bound)
    ? `${bound} is chosen far more often than others: greater ids were clamped to it`
    : "greater ids wrapped round, or were taken out"
  return warning(
    `no id is above ${bound}, though the model has experts up to ${experts - 1}: the ids went through an 8-bit type; ${how}. ` +
      "Record again with 16-bit ids; if the model is another one, name it with --model"
  )
}
