/**
 * Fits the parameters of a model's twin: `node --conditions=@moira/source scripts/twin/fit.ts MODEL [iterations] [start.json]`.
 * It starts from the model's parameters as they are, or changed by those of `start.json`.
 *
 * A reduced twin (four pairs of neighbouring layers, some hundred requests) is fitted by least squares to the goals. One
 * of six pairs and 2,000 requests then shows how far its statistics lie from those, and a second fit aims that much
 * beside the goals. Prints the parameters and, for the larger twin, each goal and what came out. All draws are seeded.
 */
import { readFileSync } from "node:fs"
import { type TwinParameters, twinParameters } from "../../packages/twin/src/parameters.ts"
import { makeTwin } from "../../packages/twin/src/synthesize.ts"
import { findModel, moeLayers } from "../../packages/core/src/index.ts"
import { type Goal, goalsOf, miss } from "./goals.ts"
import { leastSquares } from "./least-squares.ts"
import { measure, type Statistics } from "./measure.ts"

const [id, iterations = "4", startFile] = process.argv.slice(2)
const model = findModel(id ?? "")
if (model === undefined) throw new Error(`"${id}" is no model of the catalogue`)
const goals = goalsOf(model.id)

const requestOptions = { model, prefillTokens: 24, decodeTokens: 64, seed: 1, languages: ["en", "zh"] as const }
const layerCount = moeLayers(model).length

const twinOf = (parameters: TwinParameters, requests: number, layerIndices?: ReadonlyArray<number>) => {
  const twin = makeTwin(requestOptions, { parameters, ...(layerIndices === undefined ? {} : { layerIndices }) })
  return Array.from({ length: requests }, (_, i) => twin.request(i))
}

/** Measures a twin of `pairs` pairs of neighbouring MoE layers, spread evenly over the depth. */
const measurePairs = (parameters: TwinParameters, requests: number, pairs: number): Statistics => {
  const layerIndices = Array.from({ length: pairs }, (_, n) =>
    Math.round((n * (layerCount - 2)) / (pairs - 1))
  ).flatMap((layer) => [layer, layer + 1])
  const last = layerIndices.length - 1
  return measure({
    model: { ...model, layers: last + 1, moe: { first: 0, last, every: 1 } },
    requests: twinOf(parameters, requests, layerIndices),
    follows: (layerIndex) => layerIndex % 2 === 0
  })
}

/** A top-1 model has few selections, so coverage in sample takes more requests to come near that of 2,000. */
const reducedRequests = model.topK === 1 ? 900 : 300

const reduced = (parameters: TwinParameters): Statistics => measurePairs(parameters, reducedRequests, 4)

/** As large as `moira analyze` is asked about, at more layers than the fit sees. */
const large = (parameters: TwinParameters): Statistics => measurePairs(parameters, 2000, 6)

/** Coordinates in which a fit may move freely: logarithms of strengths, log-odds of shares. */
const odds = (share: number): number => Math.log(share / (1 - share))
const share = (x: number): number => 1 / (1 + Math.exp(-x))
/** A strength of 0 stays 0. */
const strengths = (
  ["popularity", "hot", "language", "topic", "request", "token", "rotation", "cluster"] as const
).filter((name) => twinParameters(model)[name] > 0)
const shares = ["fast", "slow"] as const

/** Growth of the phase shift over a long decode, and the sizes, are not fitted. */
const encode = (p: TwinParameters): ReadonlyArray<number> => [
  ...strengths.map((name) => Math.log(p[name])),
  ...shares.map((name) => odds(p[name])),
  ...p.persistence.map(odds),
  Math.log(p.phase[0])
]
const decode = (x: ReadonlyArray<number>, from: TwinParameters): TwinParameters => {
  const [n, m] = [strengths.length, strengths.length + shares.length]
  const start = Math.exp(x[m + 2]!)
  return {
    ...from,
    ...Object.fromEntries(strengths.map((name, i) => [name, Math.exp(x[i]!)])),
    ...Object.fromEntries(shares.map((name, i) => [name, share(x[n + i]!)])),
    persistence: [share(x[m]!), share(x[m + 1]!)],
    phase: [start, (start * from.phase[1]) / from.phase[0]]
  }
}

const rounded = (p: TwinParameters): TwinParameters =>
  JSON.parse(JSON.stringify(p, (_, v) => (typeof v === "number" ? Number(v.toPrecision(3)) : v)))

const fit = (from: TwinParameters, aims: ReadonlyArray<Goal>): TwinParameters => {
  const start = encode(from)
  const residuals = (x: ReadonlyArray<number>) => {
    const got = reduced(decode(x, from))
    // A weak pull to the start keeps what no goal speaks of.
    return [...aims.map((goal) => miss(goal, got)), ...x.map((v, i) => 0.15 * (v - start[i]!))]
  }
  const report = (iteration: number, cost: number) =>
    console.error(`${id} iteration ${iteration}: cost ${cost.toFixed(2)}`)
  return decode(leastSquares({ start, residuals, step: 0.12, iterations: Number(iterations), report }), from)
}

const beside = (aims: ReadonlyArray<Goal>, small: Statistics, found: Statistics): ReadonlyArray<Goal> =>
  aims.map((goal) => {
    const off = small[goal.of] - found[goal.of]
    return { ...goal, least: goal.least + off, most: goal.most + off }
  })

const tell = (parameters: TwinParameters, got: Statistics): void => {
  console.log(JSON.stringify(parameters))
  for (const { of, least, most } of goals) {
    const aim = least === most ? `${least}` : `${least.toFixed(3)} to ${most.toFixed(3)}`
    console.log(`${of.padEnd(18)} ${aim.padEnd(16)} ${got[of].toFixed(3)}`)
  }
  console.log(JSON.stringify(Object.fromEntries(Object.entries(got).map(([k, v]) => [k, Number(v.toFixed(3))]))))
}

const from: TwinParameters = {
  ...twinParameters(model),
  ...(startFile === undefined ? {} : JSON.parse(readFileSync(startFile, "utf8")))
}
const first = rounded(fit(from, goals))
console.error(JSON.stringify(first))
const found = large(first)
tell(first, found)
const second = rounded(fit(first, beside(goals, reduced(first), found)))
console.error(JSON.stringify(second))
tell(second, large(second))
