/**
 * The mixed-integer model of one layer: the least load of the most loaded unit, with copies that share evenly.
 *
 * Binary x[e,u]: expert e lies on unit u. Binary z[e,k]: it has k copies. y[e,u]: its load there. Minimise T such that
 *
 *     sum over k of z[e,k] = 1,  sum over u of x[e,u] = sum over k of k z[e,k]
 *     sum over u of y[e,u] = load[e],  y[e,u] <= load[e] x[e,u],  y[e,u] <= sum over k of load[e] / k z[e,k]
 *     sum over e of x[e,u] <= slots,  sum over e of y[e,u] <= rate[u] T
 *
 * k units that share a load and may have at most 1 / k of it each have 1 / k of it each: splitting is even without more
 * rows. Written in the CPLEX LP format, which HiGHS reads.
 */
import { greatestOf, leastOf, sum } from "@moira/core/statistics"

export interface MilpSetup {
  /** By expert, not all zero. */
  readonly loads: ReadonlyArray<number>
  /** By unit: how fast it computes; 1 for all where they are alike. */
  readonly rates: ReadonlyArray<number>
  readonly slots: number
}

/** Copies that one expert may have: one a unit, and no more than other experts leave slots for. */
const maxCopies = ({ loads, rates, slots }: MilpSetup): number =>
  Math.min(rates.length, 1 + rates.length * slots - loads.length)

/** Yes-or-no variables of the model: how large a case is. */
export const binariesOf = (setup: MilpSetup): number => setup.loads.length * (setup.rates.length + maxCopies(setup))

/** No layout is better than this: the mean, or the greatest load in even shares on the fastest units. */
export const lowerBound = (setup: MilpSetup): number => {
  const { loads, rates } = setup
  const fastest = rates.toSorted((a, b) => b - a)
  const hottest = greatestOf(loads)
  // Of k units with even shares, the slowest decides; k of the fastest are best.
  const share = leastOf(Array.from({ length: maxCopies(setup) }, (_, i) => hottest / (i + 1) / fastest[i]!))
  return Math.max(sum(loads) / sum(rates), share)
}

const added = (terms: ReadonlyArray<string>) => terms.join(" + ")

/** The model as text; `within` bounds T from above by a layout that is known. */
export const milpText = (setup: MilpSetup, within: number): string => {
  const { loads, rates, slots } = setup
  const [experts, units] = [loads.map((_, e) => e), rates.map((_, u) => u)]
  const numbers = Array.from({ length: maxCopies(setup) }, (_, i) => i + 1)
  const rows = [
    ...experts.flatMap((e) => [
      `${added(numbers.map((k) => `z_${e}_${k}`))} = 1`,
      `${added(units.map((u) => `x_${e}_${u}`))}${numbers.map((k) => ` - ${k} z_${e}_${k}`).join("")} = 0`,
      `${added(units.map((u) => `y_${e}_${u}`))} = ${loads[e]}`,
      ...units.flatMap((u) => [
        `y_${e}_${u} - ${loads[e]} x_${e}_${u} <= 0`,
        `y_${e}_${u}${numbers.map((k) => ` - ${loads[e]! / k} z_${e}_${k}`).join("")} <= 0`
      ])
    ]),
    ...units.flatMap((u) => [
      `${added(experts.map((e) => `x_${e}_${u}`))} <= ${slots}`,
      `${added(experts.map((e) => `y_${e}_${u}`))} - ${rates[u]} T <= 0`
    ]),
    ...symmetryRows(setup)
  ]
  const binaries = experts.flatMap((e) => [...units.map((u) => `x_${e}_${u}`), ...numbers.map((k) => `z_${e}_${k}`)])
  return [
    "Minimize",
    " obj: T",
    "Subject To",
    ...rows.map((row, i) => ` r${i}: ${row}`),
    "Bounds",
    ` ${lowerBound(setup)} <= T <= ${within}`,
    "Binaries",
    ...binaries.map((name) => ` ${name}`),
    "End",
    ""
  ].join("\n")
}

/** Where all units are alike, numbering them is free: the hottest expert lies on the first ones. */
const symmetryRows = ({ loads, rates }: MilpSetup): ReadonlyArray<string> => {
  if (rates.some((rate) => rate !== rates[0])) return []
  const hottest = loads.indexOf(greatestOf(loads))
  return rates.slice(1).map((_, u) => `x_${hottest}_${u + 1} - x_${hottest}_${u} <= 0`)
}
