/** A model small enough for many draws. */
import { makeModel } from "@moira/core/testing"

/** Layer 0 is dense; layers 1 and 2 have 12 experts, top-2. */
export const tiny = makeModel({
  id: "tiny",
  layers: 3,
  moe: { first: 1, last: 2, every: 1 },
  experts: 12,
  hidden: 4,
  expertFfn: 8
})
