/** Parameters of runs in words: a field's name says its unit, `linkBytesPerSec` is `link 1.7 TB/s`. */
import { formatBytes, formatCount, formatPs } from "@moira/core"
import type { ParameterValue } from "./comparison.ts"

/** By the end of the name: how values are written. */
const units: ReadonlyArray<readonly [RegExp, (value: number) => string]> = [
  [/BytesPerSec$/, (value) => `${formatBytes(value)}/s`],
  [/[fF]lopsPerSec$/, (value) => `${formatBytes(value).replace("B", "FLOP")}/s`],
  [/Bytes$/, formatBytes],
  [/Ps$/, (value) => formatPs(value).replace("us", "µs")],
  [/Share$/, (value) => `${Math.round(1e4 * value) / 100} %`]
]

/** Without digits that say nothing: `1.70 TB/s` is `1.7 TB/s`. */
const short = (text: string): string => text.replace(/\.\d+/, (decimals) => decimals.replace(/\.?0+$/, ""))

/** A number as it is, of six digits at most. */
const plain = (value: number): string =>
  Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(6)))

/** The value of a field with its unit: `1.7 TB/s`. */
export const parameterValueText = (field: string, value: ParameterValue): string => {
  if (typeof value === "string") return value
  const [, format] = units.find(([end]) => end.test(field)) ?? [undefined, plain]
  return format === plain ? plain(value) : short(format(value))
}

/** A field without its unit and without saying that it is of the machine: `link`, `globalCp.base`; sizes stay `hbmBytes`. */
export const parameterName = (field: string): string =>
  field.replace(/^machine\./, "").replace(/(?<=[a-z\d])(?:BytesPerSec|PerSec|Ps)$/, "")

/** Both: `link 1.7 TB/s`. */
export const parameterText = (field: string, value: ParameterValue): string =>
  `${parameterName(field)} ${parameterValueText(field, value)}`
