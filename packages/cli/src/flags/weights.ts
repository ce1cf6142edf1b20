/** The bytes of an expert weight, as a number or by the name of their format. */
import { bytesPerWeight, type WeightFormat, weightFormats } from "@moira/core"
import { Flag } from "effect/cli"

const formats = Object.keys(weightFormats) as ReadonlyArray<WeightFormat>

/** `--bytes-per-weight`: 1, 2, or a format, whose scales count. */
export const weightFlag = Flag.Literals("bytes-per-weight", ["1", "2", ...formats])

export const bytesOfWeight = (asked: string): number => {
  const format = formats.find((name) => name === asked)
  return format === undefined ? Number(asked) : bytesPerWeight(format)
}
