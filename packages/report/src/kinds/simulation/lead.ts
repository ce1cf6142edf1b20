/** Which strategy leads, over the baseline and over the best of its rivals, at every machine and batch. */
import { mean } from "@moira/core/statistics"
import type { RunResult } from "@moira/results"
import {
  baseStrategy,
  besideOf,
  type ComparedRun,
  fasterThan,
  type Setting,
  speedupOf,
  speedupOverBase,
  strategiesOf
} from "./runs.ts"

/** Bounds and oracles are yardsticks: nobody can serve with them, so they neither lead a report nor count as rivals. */
const isYardstick = ({ strategy }: RunResult): boolean =>
  /oracle|bound/i.test(`${strategy.name} ${strategy.placement} ${strategy.allocator}`)

/** The leading strategy on one machine at one batch. */
export interface Judged {
  readonly setting: Setting
  readonly run: ComparedRun
  /** Throughput over the strategy that the lead is over. */
  readonly speedup: number
  /** The fastest of all other strategies here, the baseline among them, and the lead's throughput over its. */
  readonly rival?: { readonly name: string; readonly factor: number }
}

export interface Lead {
  readonly strategy: string
  /** The strategy that factors are over. */
  readonly over: string
  /** One for each machine and batch where both ran. */
  readonly judged: ReadonlyArray<Judged>
  /** Geometric means over these. */
  readonly speedup: number
  readonly overRivals: number | undefined
}

/** `undefined` where there is nothing to average, or a factor of 0. */
const geometricMean = (factors: ReadonlyArray<number>): number | undefined =>
  factors.length === 0 || factors.some((factor) => !(factor > 0))
    ? undefined
    : Math.exp(mean(factors.map((factor) => Math.log(factor))))

const rivalOf = (setting: Setting, run: ComparedRun): Judged["rival"] =>
  setting.runs
    .filter((other) => other.batch === run.batch && other.strategy.name !== run.strategy.name && !isYardstick(other))
    .flatMap((other) => {
      const factor = fasterThan(run, other)
      return factor === undefined ? [] : [{ name: other.strategy.name, factor }]
    })
    .toSorted((a, b) => a.factor - b.factor)[0]

const judge = (settings: ReadonlyArray<Setting>, strategy: string, over: string): Lead | undefined => {
  const judged = settings.flatMap((setting) =>
    setting.runs.flatMap((run): ReadonlyArray<Judged> => {
      if (run.strategy.name !== strategy || isYardstick(run)) return []
      const speedup = over === setting.baseline ? speedupOf(setting, run) : speedupOverBase(setting, run)
      const rival = rivalOf(setting, run)
      return speedup === undefined ? [] : [{ setting, run, speedup, ...(rival === undefined ? {} : { rival }) }]
    })
  )
  const speedup = geometricMean(judged.map((one) => one.speedup))
  if (speedup === undefined) return undefined
  return {
    strategy,
    over,
    judged,
    speedup,
    overRivals: geometricMean(judged.flatMap(({ rival }) => rival?.factor ?? []))
  }
}

/** The greatest mean factor among the strategies that ran most widely; a lucky single run does not lead. */
const first = (leads: ReadonlyArray<Lead>): Lead | undefined =>
  leads.toSorted((a, b) => b.judged.length - a.judged.length || b.speedup - a.speedup)[0]

/**
 * The strategy that is fastest in the mean over the baseline of the settings; where nothing but the baseline and base ran,
 * the baseline over base. `undefined` where nothing can be compared.
 */
export const leadOf = (settings: ReadonlyArray<Setting>): Lead | undefined => {
  const over = settings[0]?.baseline
  if (over === undefined) return undefined
  // A mean is of factors over one and the same strategy.
  const alike = settings.filter(({ baseline }) => baseline === over)
  const names = strategiesOf(alike.flatMap(({ runs }) => runs)).filter((name) => name !== baseStrategy)
  const leads = (than: string) =>
    names.filter((name) => name !== than).flatMap((name) => judge(alike, name, than) ?? [])
  return first(leads(over)) ?? first(leads(baseStrategy))
}

export interface Shown {
  readonly setting: Setting
  readonly run: ComparedRun
  /** What the run is over, and by how much. */
  readonly compared?: { readonly run: ComparedRun | undefined; readonly name: string; readonly speedup: number }
}

const largestOf = ({ judged, over }: Lead, setting: Setting): Shown | undefined => {
  const largest = judged.filter((one) => one.setting === setting).toSorted((a, b) => b.run.batch - a.run.batch)[0]
  if (largest === undefined) return undefined
  const { run, speedup } = largest
  return { setting, run, compared: { run: besideOf(setting, run, over), name: over, speedup } }
}

/** The run that stands for a setting: its leading strategy, else its fastest, at its largest batch. */
export const shownOf = (setting: Setting): Shown | undefined => {
  const lead = leadOf([setting])
  if (lead !== undefined) return largestOf(lead, setting)
  const rate = (run: RunResult) => run.metrics["throughput_tokens_per_s"] ?? 0
  const run = setting.runs
    .filter((one) => !isYardstick(one))
    .toSorted((a, b) => b.batch - a.batch || rate(b) - rate(a))[0]
  return run === undefined ? undefined : { setting, run }
}

/** The run that stands for all settings: the strategy that leads them, at the largest batch of the first where it ran. */
export const leadingRun = (settings: ReadonlyArray<Setting>): Shown | undefined => {
  const lead = leadOf(settings)
  return settings.flatMap((setting) => (lead === undefined ? shownOf(setting) : largestOf(lead, setting)) ?? [])[0]
}
