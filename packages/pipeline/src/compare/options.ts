/** What `compare` is given and asked for. */
import type { NotMeasured, Objective, ParameterValue, ResultDocument } from "@moira/results"

/** A result document, and what is known of it beside what it says. */
export interface ComparedDocument {
  readonly document: ResultDocument
  /** What it is called in the comparison: a file's name, a point's key. */
  readonly name?: string
  /** Values of the parameters of a sweep; what runs themselves say comes first. */
  readonly at?: Readonly<Record<string, ParameterValue>>
}

/**
 * What one of a field costs, by field: `units`, any number of a spec as `machine.FIELD`, products of them as `machine.hbmBytes*units`,
 * and `1` for what each machine costs whatever it is. `dojo:units` is of machines of that name only.
 */
export type Prices = Readonly<Record<string, number>>

export interface CompareOptions {
  /** Strategy that others are over; what the documents name, else `ep`, when left out. */
  readonly baseline?: string
  /** Numeric parameter that scaling curves run along; the one of the machine that moves throughput most when left out. */
  readonly by?: string
  /** What throughput is weighed against; energy when left out. */
  readonly against?: Objective
  /** Money, and square millimetres; neither is known when left out, unless a spec says `money` or `areaMm2`. */
  readonly prices?: Prices
  readonly areas?: Prices
  /** Numbers and words of the specs of machines as they are named, by their names and dotted names such as `machine.hbmBytes`. */
  readonly named?: Readonly<Record<string, Readonly<Record<string, ParameterValue>>>>
  /** Machine that others are over, the first with these values; else the first that stands as it is named, or has all values of `named`. */
  readonly reference?: Readonly<Record<string, string>>
  /** Keeps the runs with these values of parameters only. */
  readonly only?: Readonly<Record<string, string>>
  /** What was to be compared and is not there, such as points of a sweep that failed. */
  readonly missing?: ReadonlyArray<NotMeasured>
}
