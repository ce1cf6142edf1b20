/** Lines of the predictors that are shown, over anything. */
import { greatestOf } from "@moira/core/statistics"
import { given } from "@moira/core"
import type { ForecastResult, PredictorResult } from "@moira/results"
import { type Line, lineChart } from "../../../drawing/lines.ts"
import type { Picture } from "../../../drawing/picture.ts"
import { niceCeil } from "../../../drawing/ticks.ts"
import { colourOf, shown } from "../forecasts.ts"
import { percentTick } from "../../../format.ts"
import { figureWidth } from "../../../theme.ts"

/** `undefined` where no line has a point. */
export const forecastLines = (
  result: ForecastResult,
  pointsOf: (predictor: PredictorResult) => Line["points"],
  axes: { readonly x: string; readonly y: string; readonly shaded?: ReadonlyArray<number> },
  more: ReadonlyArray<Line> = []
): Picture | undefined => {
  const lines = [
    ...shown(result).map((one, i) => ({ label: one.title, colour: colourOf(i, one), points: pointsOf(one) })),
    ...more
  ]
  const values = lines.flatMap(({ points }) => points.flatMap(({ y }) => y ?? []))
  if (values.length === 0) return undefined
  return lineChart({
    lines,
    x: axes.x,
    y: { label: axes.y, domain: [0, Math.min(1, Math.max(0.05, niceCeil(greatestOf(values))))], format: percentTick },
    ...given({ shaded: axes.shaded }),
    width: figureWidth.full,
    height: 360
  })
}
