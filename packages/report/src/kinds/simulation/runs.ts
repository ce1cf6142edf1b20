/** Simulation runs put side by side: settings, batches, strategies, and how they compare with the base strategy. */
import { type Evidence, type MachineSummary, resultKinds, type RunResult } from "@moira/results"

/** Every run of every simulation that the documents hold. */
export const runsOf = (evidence: Evidence): ReadonlyArray<RunResult> =>
  evidence.of(resultKinds.simulation).flatMap(({ runs }) => runs)

/** The strategy that speed-ups are counted from. */
export const baseStrategy = "base"

/** Runs that differ in batch and strategy only. */
export interface Setting {
  /** The machine, and whatever else tells this setting from the others. */
  readonly title: string
  readonly machine: MachineSummary
  readonly runs: ReadonlyArray<RunResult>
}

type Facet = readonly [key: string, words: string]

const facets = (run: RunResult): ReadonlyArray<Facet> => [
  [run.network, `${run.network} network`],
  [run.tokenTraffic, `token traffic ${run.tokenTraffic}`],
  [String(run.bytesPerWeight), `${run.bytesPerWeight} B a weight`],
  [String(run.steps), `${run.steps} steps`],
  [String(run.blockTokens), `blocks of ${run.blockTokens ?? "the usual"} requests`],
  [String(run.warmUpSteps), `${run.warmUpSteps ?? "no"} steps to warm up`],
  [String(run.controller), `decided by ${run.controller}`],
  [String(run.seed), `seed ${run.seed}`]
]

/** Settings in order of first appearance. A run given twice is kept once. */
export const settingsOf = (runs: ReadonlyArray<RunResult>): ReadonlyArray<Setting> => {
  const first = runs[0]
  if (first === undefined) return []
  const varies = facets(first).map(([value], i) => runs.some((run) => facets(run)[i]![0] !== value))
  const specs = new Map<string, Array<string>>()
  const machineTitle = (machine: MachineSummary): string => {
    const known = specs.get(machine.name) ?? []
    const spec = JSON.stringify([machine.backend, machine.spec])
    if (!known.includes(spec)) known.push(spec)
    specs.set(machine.name, known)
    const i = known.indexOf(spec)
    return i === 0 ? machine.name : `${machine.name} (spec ${i + 1})`
  }
  const titled = runs.map((run) => ({
    run,
    title: [machineTitle(run.machine), ...facets(run).flatMap(([, words], i) => (varies[i] ? [words] : []))].join(", ")
  }))
  return [...Map.groupBy(titled, ({ title }) => title)].map(([title, members]) => ({
    title,
    machine: members[0]!.run.machine,
    runs: [...new Map(members.map(({ run }) => [JSON.stringify([run.batch, run.strategy]), run] as const)).values()]
  }))
}

export const batchesOf = (runs: ReadonlyArray<RunResult>): ReadonlyArray<number> =>
  [...new Set(runs.map((run) => run.batch))].toSorted((a, b) => a - b)

/** Names of strategies: base first, then in order of first appearance. */
export const strategiesOf = (runs: ReadonlyArray<RunResult>): ReadonlyArray<string> => {
  const names = [...new Set(runs.map((run) => run.strategy.name))]
  return [...names.filter((name) => name === baseStrategy), ...names.filter((name) => name !== baseStrategy)]
}

/** Runs of one batch, base first. */
export const atBatch = (setting: Setting, batch: number): ReadonlyArray<RunResult> => {
  const order = strategiesOf(setting.runs)
  return setting.runs
    .filter((run) => run.batch === batch)
    .toSorted((a, b) => order.indexOf(a.strategy.name) - order.indexOf(b.strategy.name))
}

/** The base run on the same machine and batch. */
export const baseOf = (setting: Setting, run: RunResult): RunResult | undefined =>
  setting.runs.find((other) => other.strategy.name === baseStrategy && other.batch === run.batch)

const ratio = (above: number | undefined, below: number | undefined): number | undefined =>
  above === undefined || below === undefined || !(below > 0) ? undefined : above / below

/** Throughput over that of base, from the run's metrics or from both throughputs. */
export const speedupOf = (setting: Setting, run: RunResult): number | undefined =>
  run.metrics["speedup"] ??
  ratio(run.metrics["throughput_tokens_per_s"], baseOf(setting, run)?.metrics["throughput_tokens_per_s"])

/** Hops of base over hops; `undefined` where either is absent or hops are 0. */
export const hopReductionOf = (setting: Setting, run: RunResult): number | undefined =>
  run.metrics["hop_reduction"] ?? ratio(baseOf(setting, run)?.metrics["hops"], run.metrics["hops"])

/** Bounds and oracles are yardsticks: nobody can serve with them, so they never lead a report. */
const isYardstick = ({ strategy }: RunResult): boolean =>
  /oracle|bound/i.test(`${strategy.name} ${strategy.placement} ${strategy.allocator}`)

export interface Best {
  readonly setting: Setting
  readonly run: RunResult
  /** Over base; `undefined` without a base run. */
  readonly speedup: number | undefined
}

/** The run with the greatest speed-up over base, or with the greatest throughput where there is no base. */
export const bestOf = (settings: ReadonlyArray<Setting>): Best | undefined => {
  const candidates = settings.flatMap((setting) =>
    setting.runs
      .filter((run) => run.strategy.name !== baseStrategy && !isYardstick(run))
      .map((run) => ({ setting, run, speedup: speedupOf(setting, run) }))
  )
  const compared = candidates.filter((c) => c.speedup !== undefined)
  const score = (c: Best): number => c.speedup ?? c.run.metrics["throughput_tokens_per_s"] ?? 0
  return (compared.length > 0 ? compared : candidates).reduce<Best | undefined>(
    (best, c) => (best === undefined || score(c) > score(best) ? c : best),
    undefined
  )
}

/** The best run of each setting. */
export const bestOfEach = (settings: ReadonlyArray<Setting>): ReadonlyArray<Best> =>
  settings.flatMap((setting) => bestOf([setting]) ?? [])
