import { spatialOf } from "../found.ts"
import { figure } from "../../../figure.ts"
import { diagonalNote, distancePicture } from "./distances.ts"
import { againstNoise } from "./noise-floor.ts"

/** Ob4: how differently benchmarks select experts. */
export const benchmarkDistances = figure("benchmark-distances", "spatial", (evidence) => {
  const distances = spatialOf(evidence)?.distances.filter((d) => d.kind === "benchmark") ?? []
  if (distances.length === 0) return undefined
  return {
    title: "Distance between benchmarks (Ob4)",
    caption:
      "Jensen-Shannon distance between the distributions over experts, mean over layers: 0 for the same experts alike, " +
      `1 for no expert in common.${againstNoise(distances)}${diagonalNote(distances)}`,
    picture: distancePicture(distances)
  }
})
