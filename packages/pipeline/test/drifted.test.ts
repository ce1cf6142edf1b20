/** Loads that drift again as they did before are forecast, and what was never seen stays as it is. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { mean, sum } from "@moira/core/statistics"
import { driftedCounts } from "../src/place/drifted.ts"

/** Logarithms of what is expected over what came. */
const error = (forecast: Float64Array, came: Float64Array): number => {
  const logs = forecast.map((count, e) => Math.log((count + 0.5) / (came[e]! + 0.5)))
  const average = mean(logs)
  return Math.sqrt(mean(logs.map((log) => (log - average) ** 2)))
}

it("is nearer to what comes than today's counts where drift persists, and forecasts all of it at 1", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { normal } = random(seed)
    const draw = (spread: number) => Float64Array.from({ length: 64 }, () => Math.exp(spread * normal()))
    const counts = (loads: Float64Array) => loads.map((load) => Math.round(1e5 * load))
    const [drift, then, now, other] = [draw(0.4), draw(0.5), draw(0.5), draw(0.2)]
    const [before, after] = [counts(then), counts(then.map((load, e) => load * drift[e]!))]
    const came = counts(now.map((load, e) => load * drift[e]! * other[e]!))
    const today = counts(now)
    const forecast = driftedCounts(today, before, after)
    assert.isBelow(error(forecast, came), error(today, came) * 0.85, `seed ${seed}`)
    assert.closeTo(sum(forecast) / sum(today), 1, 1e-4)
    const whole = counts(now.map((load, e) => load * drift[e]!))
    assert.isBelow(error(driftedCounts(today, before, after, 1), whole), 1e-3)
    assert.deepStrictEqual(driftedCounts(today, before, before), driftedCounts(today, after, after))
  }
})

it("keeps counts where one of the windows is empty, and gives unseen experts no load of others", () => {
  const now = Float64Array.of(10, 0, 30, 40)
  const zero = new Float64Array(4)
  assert.deepStrictEqual(driftedCounts(now, zero, now), now)
  assert.deepStrictEqual(driftedCounts(now, now, zero), now)
  assert.deepStrictEqual(driftedCounts(zero, now, now), zero)
  const forecast = driftedCounts(now, Float64Array.of(100, 0, 100, 100), Float64Array.of(400, 0, 100, 25))
  assert.isBelow(forecast[1]!, 2)
  assert.isAbove(forecast[0]! / forecast[2]!, 0.6)
  assert.isBelow(forecast[3]! / forecast[2]!, 0.8)
})
