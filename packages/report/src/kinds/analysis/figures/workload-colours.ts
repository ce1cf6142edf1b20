/** Workloads of a counts store, told apart by colour; the colours come round again where there are many. */
import { hue } from "../../../theme.ts"

const order = [hue.blue, hue.orange, hue.green, hue.purple, hue.teal, hue.olive, hue.brown, hue.indigo]

export const workloadColours = (names: ReadonlyArray<string>): ReadonlyMap<string, string> =>
  new Map(names.map((name, i) => [name, order[i % order.length]!]))
