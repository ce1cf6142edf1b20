/** What flags of several commands say, as parts of an experiment document. */
import { given } from "@moira/core"
import { type ExperimentDocument, type MachineSource, usual } from "@moira/pipeline"
import { whatIsAt } from "@moira/pipeline/node"
import { Option } from "effect"
import type { TrafficFlags } from "../flags/traffic.ts"

export const valueOf = Option.getOrUndefined

/** One word as a word, several as a list. */
export const few = <A>(list: ReadonlyArray<A>): A | ReadonlyArray<A> => (list.length === 1 ? list[0]! : list)

/** A flag that lists several, where it was given. */
export const listed = <A>(list: Option.Option<ReadonlyArray<A>>) => Option.getOrUndefined(Option.map(list, few))

/** A value other than the usual one. */
export const unless = <A>(usually: NoInfer<A>, value: A): A | undefined =>
  JSON.stringify(value) === JSON.stringify(usually) ? undefined : value

/** `KEY=VALUE`: a number or list as such where it is written as JSON writes it, else in its own words. */
const settingOf = (change: string): readonly [string, unknown] => {
  const cut = change.indexOf("=")
  const [key, text] = [change.slice(0, cut), change.slice(cut + 1)]
  try {
    const value: unknown = JSON.parse(text)
    return [key, typeof value !== "string" && JSON.stringify(value) === text ? value : text]
  } catch {
    return [key, text]
  }
}

export interface MachineFlagValues {
  readonly backend: Option.Option<string>
  readonly set: Option.Option<ReadonlyArray<string>>
  readonly units?: Option.Option<number>
}

export const machinePart = (
  names: ReadonlyArray<string>,
  { backend, set, units = Option.none() }: MachineFlagValues
): MachineSource => ({
  name: few(names),
  ...given({
    backend: valueOf(backend),
    units: valueOf(units),
    set: Option.getOrUndefined(
      Option.map(set, (changes) => Object.fromEntries(changes.map(settingOf)))
    ) as MachineSource["set"]
  })
})

/** A field with its parts, or nothing where none of them says anything. */
export const field = <K extends string, A extends object>(key: K, parts: A): { readonly [key in K]?: A } =>
  (Object.keys(parts).length === 0 ? {} : { [key]: parts }) as { readonly [key in K]?: A }

/** A seed other than the usual one. */
export const seedPart = (seed: number) => given({ seed: seed === usual.seed ? undefined : seed })

/** A store, or a file of counts. */
export const tracePart = (input: string): ExperimentDocument["trace"] => {
  const what = whatIsAt(input)
  return what === "trace" || what === "counts" ? { store: input } : { counts: input }
}

/** What places and what judges. */
export const trafficPart = ({ fit, judge, heldOut, workload, model, score, earlier }: TrafficFlags) =>
  given({
    fit: valueOf(fit),
    judge: judge === usual.judge ? undefined : judge,
    heldOutShare: unless(usual.heldOutShare, heldOut),
    workload: valueOf(workload),
    model: valueOf(model),
    score: valueOf(score),
    earlier: valueOf(earlier) as readonly [string, string] | undefined
  })
