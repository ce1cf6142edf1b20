/** How placements are told: names, colours and the score that leads, shared by figures, tables and headlines. */
import { type Evidence, type PlaceLayout, type PlaceResult, type PlaceScore, resultKinds } from "@moira/results"
import { hue } from "../../theme.ts"

/** The first comparison of placements that the documents hold. */
export const placeOf = (evidence: Evidence): PlaceResult | undefined => evidence.of(resultKinds.place)[0]?.place

/** Held out where something judged, else in sample. */
export const leadOf = ({ heldOut, inSample }: PlaceLayout): PlaceScore => heldOut ?? inSample

/** Oracles look at what they are judged on: they measure others and are never advised. */
const isOracle = ({ optimizer }: PlaceLayout): boolean => optimizer === "best" || optimizer === "worst"

/** The layout with the greatest speedup over the present one; `undefined` where nothing was placed. */
export const bestLayout = ({ layouts }: PlaceResult): PlaceLayout | undefined =>
  layouts
    .slice(1)
    .filter((layout) => !isOracle(layout))
    .toSorted((a, b) => leadOf(b).speedup - leadOf(a).speedup)[0]

const hues = [hue.blue, hue.orange, hue.purple, hue.teal, hue.olive, hue.brown, hue.indigo]

/** Colours of layouts: what is there now grey, Moira's green, the others in their order. */
export const layoutColours = ({ layouts }: PlaceResult): ReadonlyMap<string, string> => {
  let next = 0
  return new Map(
    layouts.map(({ optimizer }) => [
      optimizer,
      optimizer === "present" ? hue.grey : optimizer === "moira" ? hue.green : hues[next++ % hues.length]!
    ])
  )
}

/** What is there now and the best of the others: before and after. */
export const beforeAndAfter = (result: PlaceResult): ReadonlyArray<PlaceLayout> => {
  const best = bestLayout(result)
  return best === undefined ? result.layouts.slice(0, 1) : [result.layouts[0]!, best]
}
