/** Fits the constants of one family of kernels, and says how well: rows it saw, shapes and ranks left out, signs of skew. */
import { type ExpertTimeConstants, expertTimer } from "../../packages/hardware/src/expert-time/index.ts"
import { contradiction, isEven, type KernelRow, setApart } from "../../packages/hardware/src/calibration/kernel-rows.ts"
import type { KernelRecord } from "../../packages/hardware/src/calibration/kernel-records.ts"
import { replayedShare } from "../../packages/multi-gpu/src/prediction/replayed.ts"
import { type TimedLoad, timedLoad } from "./kernel-loads.ts"
import { nelderMead } from "./nelder-mead.ts"

/** Constants that are searched, flat; tiles are part of the family. */
export type Found = Readonly<Record<string, number>>

export interface FamilyPlan {
  readonly record: KernelRecord
  readonly start: Found
  /** Constants of the family's that are not searched. */
  readonly given: Found
  /** Ranks see the tokens of others and skip them. */
  readonly seesAll: boolean
  /** A graph is replayed, so that weights may still lie in the cache. */
  readonly replayed: boolean
  /** Even rows are packed, not padded. */
  readonly packedEven: boolean
  /** Logarithmic error that all larger ones count as: whole series ran with ill-chosen tactics. */
  readonly most: number
}

interface Timed {
  readonly row: KernelRow
  readonly load: TimedLoad
}

/** No kernel is taken to reach all of a data-sheet peak; bandwidth ends at the data sheet's. */
const mostOf = ({ record }: FamilyPlan): Found => ({
  efficiency: 0.95,
  loss: 1,
  bytesPerSec: record.measuredOn.memoryBytesPerSec
})

const constantsOf = ({ record }: FamilyPlan, all: Found): ExpertTimeConstants => {
  const { leastRows, mostRows, overheadRows, loss, ...rest } = all
  return {
    peakFlopsPerSec: record.measuredOn.flopsPerSec,
    ...rest,
    ...(mostRows === undefined ? {} : { tile: { leastRows, mostRows, overheadRows, loss } })
  } as unknown as ExpertTimeConstants
}

/** Picoseconds of a row: a hot loop over bins of experts. */
const modelled = (plan: FamilyPlan, constants: ExpertTimeConstants, { row, load }: Timed): number => {
  const { bytesPerWeight, measuredOn } = plan.record
  const timer = expertTimer(constants, { ...row, bytesPerWeight })
  const rows = timer.tileRows(load.meanTokens)
  const bytes = load.touched * 3 * row.hidden * row.expertFfn * bytesPerWeight
  const read = plan.replayed ? replayedShare(bytes, measuredOn.cacheBytes) : 1
  let expertsPs = 0
  for (let i = 0; i < load.tokens.length; i++)
    expertsPs += load.experts[i]! * timer.expertPs(load.tokens[i]!, rows, read)
  const unused = plan.seesAll ? Math.max(0, row.tokens - load.choices / row.topK) : 0
  return timer.layerPs(expertsPs, load.resident, load.choices, unused)
}

/** Least absolute logarithmic error, the largest cut off. */
const search = (plan: FamilyPlan, rows: ReadonlyArray<Timed>, start: Found, rounds: number): Found => {
  const names = Object.keys(start)
  const most = mostOf(plan)
  const at = (point: ReadonlyArray<number>): Found =>
    Object.fromEntries(
      names.map((name, i) => [name, Math.min(start[name]! * Math.exp(point[i]!), most[name] ?? Infinity)])
    )
  const loss = (point: ReadonlyArray<number>) => {
    const constants = constantsOf(plan, { ...plan.given, ...at(point) })
    let total = 0
    for (const timed of rows)
      total += Math.min(plan.most, Math.abs(Math.log(modelled(plan, constants, timed) / timed.row.measuredPs)))
    // A constant that does not matter stays where it was.
    return total / rows.length + 1e-6 * point.reduce((far, p) => far + Math.abs(p), 0)
  }
  return at(
    nelderMead(
      loss,
      names.map(() => 0),
      rounds
    )
  )
}

interface Judged extends Timed {
  readonly modelledPs: number
}

const quantile = (sorted: ReadonlyArray<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0

const errorsOf = (rows: ReadonlyArray<Judged>) => {
  const errors = rows.map(({ row, modelledPs }) => Math.abs(modelledPs / row.measuredPs - 1)).toSorted((a, b) => a - b)
  return { rows: errors.length, medianError: quantile(errors, 0.5), p90Error: quantile(errors, 0.9) }
}

/** A row's counterpart of another routing has the same key. */
const counterpart = ({ phase, shape, ranks }: KernelRow, tokens: number): string => [phase, shape, ranks, tokens].join()

/**
 * At one token on one rank every router reads top-k experts for a token each: a series that takes over 30 % more or less
 * there than the even one ran with other tactics, and their difference says nothing of skew.
 */
const otherTactics = (rows: ReadonlyArray<Judged>, even: ReadonlyMap<string, Judged>): ReadonlySet<string> => {
  const apart = new Set<string>()
  for (const { row } of rows) {
    const other = even.get(counterpart(row, row.tokens))
    if (row.ranks > 1 || row.tokens > 1 || other === undefined) continue
    const ratio = row.measuredPs / other.row.measuredPs
    if (Math.max(ratio, 1 / ratio) > contradiction) apart.add([counterpart(row, 0), row.distribution].join())
  }
  return apart
}

/** Skewed rows against even ones of as many tokens and ranks: how often the law says rightly which is slower. */
const signsOf = (rows: ReadonlyArray<Judged>, beyond: number) => {
  const even = new Map(rows.filter(({ row }) => isEven(row)).map((one) => [counterpart(one.row, one.row.tokens), one]))
  const apart = otherTactics(rows, even)
  let [pairs, right] = [0, 0]
  for (const one of rows) {
    const other = even.get(counterpart(one.row, one.row.tokens))
    if (isEven(one.row) || other === undefined) continue
    if (apart.has([counterpart(one.row, 0), one.row.distribution].join())) continue
    const measured = one.row.measuredPs / other.row.measuredPs
    if (Math.abs(Math.log(measured)) <= beyond) continue
    pairs++
    if (measured > 1 === one.modelledPs / other.modelledPs > 1) right++
  }
  return { pairs, right: pairs === 0 ? 0 : right / pairs, seriesOfOtherTactics: apart.size }
}

/** Errors of all rows, apart for even and skewed ones, and signs over effects of more than 5 % and over all. */
const report = (rows: ReadonlyArray<Judged>) => {
  const one = rows.filter(({ row }) => row.ranks === 1)
  return {
    balanced: errorsOf(rows.filter(({ row }) => isEven(row))),
    skewed: errorsOf(rows.filter(({ row }) => !isEven(row))),
    sign: { beyond5Percent: signsOf(rows, 0.05), all: signsOf(rows, 0) },
    signOfOneRank: { beyond5Percent: signsOf(one, 0.05), all: signsOf(one, 0) },
    byRanks: Object.fromEntries(
      [...new Set(rows.map(({ row }) => row.ranks))]
        .toSorted((a, b) => a - b)
        .map((ranks) => {
          const own = rows.filter(({ row }) => row.ranks === ranks)
          return [
            ranks,
            {
              balanced: errorsOf(own.filter(({ row }) => isEven(row))),
              skewed: errorsOf(own.filter(({ row }) => !isEven(row))),
              sign: signsOf(own, 0.05)
            }
          ]
        })
    )
  }
}

/** The same without what is told rank by rank. */
const brief = (rows: ReadonlyArray<Judged>) => {
  const { balanced, skewed, sign } = report(rows)
  return { balanced, skewed, sign }
}

/** Every row judged by constants that never saw its group. */
const leftOut = (plan: FamilyPlan, rows: ReadonlyArray<Timed>, found: Found, groupOf: (row: KernelRow) => unknown) => {
  const groups = [...new Set(rows.map(({ row }) => groupOf(row)))]
  if (groups.length < 2) return undefined
  return brief(
    groups.flatMap((group) => {
      const others = rows.filter(({ row }) => groupOf(row) !== group)
      const constants = constantsOf(plan, { ...plan.given, ...search(plan, others, found, 50) })
      return rows
        .filter(({ row }) => groupOf(row) === group)
        .map((timed) => ({ ...timed, modelledPs: modelled(plan, constants, timed) }))
    })
  )
}

export const fitFamily = (plan: FamilyPlan, all: ReadonlyArray<KernelRow>) => {
  const apart = setApart(all)
  const timed = (rows: ReadonlyArray<KernelRow>) =>
    rows.map((row) => ({ row, load: timedLoad(row, plan.packedEven && isEven(row)) }))
  const rows = timed(all.filter((_, i) => !apart.has(i)))
  const found = search(plan, rows, plan.start, 400)
  const constants = constantsOf(plan, { ...plan.given, ...found })
  const judged = (of: ReadonlyArray<Timed>) => of.map((one) => ({ ...one, modelledPs: modelled(plan, constants, one) }))
  const { peakFlopsPerSec: _, ...kept } = constants
  return {
    constants: kept,
    rows: all.length,
    apart: apart.size,
    errors: report(judged(rows)),
    withThoseApart: brief(judged(timed(all))),
    leftOut: {
      shapes: leftOut(plan, rows, found, ({ shape }) => shape),
      ranks: leftOut(plan, rows, found, ({ ranks }) => ranks)
    }
  }
}
