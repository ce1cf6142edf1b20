/** Simulation runs put side by side: settings, batches, strategies, and how they compare with the baseline. */
import {
  type Evidence,
  type MachineSummary,
  resultKinds,
  type RunResult,
  type SimulationDocument
} from "@moira/results"
import { percent } from "../../format.ts"

/** The study's baseline, which hops are counted from. */
export const baseStrategy = "base"

/** What engines do. */
const engineStrategy = "ep"

/** A run with the strategy that its document compares with. */
export interface ComparedRun extends RunResult {
  readonly baseline: string
}

/** As the document says; one that states speed-ups and not over what is of before there was a choice, and means base. */
const baselineOf = ({ baseline, runs }: SimulationDocument): string => {
  if (baseline !== undefined) return baseline
  const stated = runs.some(({ metrics }) => metrics["speedup"] !== undefined)
  return !stated && runs.some(({ strategy }) => strategy.name === engineStrategy) ? engineStrategy : baseStrategy
}

/** Every run of every simulation that the documents hold. */
export const runsOf = (evidence: Evidence): ReadonlyArray<ComparedRun> =>
  evidence.of(resultKinds.simulation).flatMap((document) => {
    const baseline = baselineOf(document)
    return document.runs.map((run) => ({ ...run, baseline }))
  })

/** Runs that differ in batch and strategy only. */
export interface Setting {
  /** The machine, and whatever else tells this setting from the others. */
  readonly title: string
  readonly machine: MachineSummary
  /** The strategy that speed-ups are over. */
  readonly baseline: string
  readonly runs: ReadonlyArray<ComparedRun>
}

type Facet = readonly [key: string, words: string]

const facets = (run: RunResult): ReadonlyArray<Facet> => [
  [run.network, `${run.network} network`],
  [run.tokenTraffic, `token traffic ${run.tokenTraffic}`],
  [String(run.bytesPerWeight), `${run.bytesPerWeight} B a weight`],
  [String(run.steps), `${run.steps} steps`],
  [String(run.blockTokens), `blocks of ${run.blockTokens ?? "the usual"} requests`],
  [String(run.warmUpSteps), `${run.warmUpSteps ?? "no"} steps to warm up`],
  [
    String(run.sample?.layers),
    run.sample === undefined ? "all layers" : `a sample of ${run.sample.layers} of ${run.sample.of.layers} layers`
  ],
  [
    String(run.kvReserveShare),
    run.kvReserveShare === undefined ? "no KV reserve said" : `KV reserve ${percent(run.kvReserveShare, 0)}`
  ],
  [String(run.maxCopies), `at most ${run.maxCopies ?? "the usual"} copies a unit`],
  [JSON.stringify(run.heldOut) ?? "", run.heldOut === undefined ? "all requests" : "held-out requests"],
  [String(run.controller), `decided by ${run.controller}`],
  [String(run.seed), `seed ${run.seed}`]
]

/** The first run's baseline, where it ran or runs state speed-ups over it; base where only that can be compared with. */
const baselineAmong = (runs: ReadonlyArray<ComparedRun>): string => {
  const { baseline } = runs[0]!
  const ran = (name: string) => runs.some(({ strategy }) => strategy.name === name)
  const stated = runs.some((run) => run.baseline === baseline && run.metrics["speedup"] !== undefined)
  return !ran(baseline) && !stated && ran(baseStrategy) ? baseStrategy : baseline
}

/** Settings in order of first appearance. A run given twice is kept once. */
export const settingsOf = (runs: ReadonlyArray<ComparedRun>): ReadonlyArray<Setting> => {
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
    baseline: baselineAmong(members.map(({ run }) => run)),
    runs: [...new Map(members.map(({ run }) => [JSON.stringify([run.batch, run.strategy]), run] as const)).values()]
  }))
}

export const batchesOf = (runs: ReadonlyArray<RunResult>): ReadonlyArray<number> =>
  [...new Set(runs.map((run) => run.batch))].toSorted((a, b) => a - b)

/** Names of strategies in order of first appearance. */
export const strategiesOf = (runs: ReadonlyArray<RunResult>): ReadonlyArray<string> => [
  ...new Set(runs.map((run) => run.strategy.name))
]

/** Runs of one batch: the baseline, base, and the others in order of first appearance. */
export const atBatch = (setting: Setting, batch: number): ReadonlyArray<ComparedRun> => {
  const order = [...new Set([setting.baseline, baseStrategy, ...strategiesOf(setting.runs)])]
  return setting.runs
    .filter((run) => run.batch === batch)
    .toSorted((a, b) => order.indexOf(a.strategy.name) - order.indexOf(b.strategy.name))
}

/** The run of a strategy on the same machine and batch. */
export const besideOf = (setting: Setting, run: RunResult, strategy: string): ComparedRun | undefined =>
  setting.runs.find((other) => other.strategy.name === strategy && other.batch === run.batch)

const ratio = (above: number | undefined, below: number | undefined): number | undefined =>
  above === undefined || below === undefined || !(below > 0) ? undefined : above / below

/** Throughput over that of another run; `undefined` where either is absent. */
export const fasterThan = (run: RunResult, other: RunResult | undefined): number | undefined =>
  ratio(run.metrics["throughput_tokens_per_s"], other?.metrics["throughput_tokens_per_s"])

/** Throughput over that of the setting's baseline: as the run's document states it, else from both throughputs. */
export const speedupOf = (setting: Setting, run: ComparedRun): number | undefined =>
  (run.baseline === setting.baseline ? run.metrics["speedup"] : undefined) ??
  fasterThan(run, besideOf(setting, run, setting.baseline))

/** Throughput over that of base, stated or from both throughputs. */
export const speedupOverBase = (setting: Setting, run: ComparedRun): number | undefined =>
  setting.baseline === baseStrategy
    ? speedupOf(setting, run)
    : (run.metrics["speedup_over_base"] ?? fasterThan(run, besideOf(setting, run, baseStrategy)))

/** Hops of base over hops; `undefined` where either is absent or hops are 0. */
export const hopReductionOf = (setting: Setting, run: RunResult): number | undefined =>
  run.metrics["hop_reduction"] ?? ratio(besideOf(setting, run, baseStrategy)?.metrics["hops"], run.metrics["hops"])
