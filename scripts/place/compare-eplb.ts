// Prints the Markdown tables of docs/concepts/placement.md: EPLB and Moira on DeepSeek counts and drawn loads, judged on held-out traffic.
//   node --conditions=@moira/source scripts/place/compare-eplb.ts [UNITS...]
import { type Case, cases, spareOf } from "./cases.ts"
import { compare, type Compared, type Judged } from "./compare.ts"
import { drawnLoads, laws, type Loads, measuredLoads } from "./loads.ts"

type Row = Compared & { readonly one: Case }

const asked = process.argv.slice(2).map(Number)
const measured = measuredLoads()
if (measured.length === 0) console.error("no DeepSeek counts at ../shared/data: drawn loads only")

const drawn = new Map<string, ReadonlyArray<Loads>>()
const loadsOf = ({ model, layers }: Case): ReadonlyArray<Loads> => {
  const known = drawn.get(model.id)
  if (known !== undefined) return known
  const made = [
    ...(model.id === "deepseek-v3" ? measured : []),
    ...laws.map((law) => drawnLoads(law, layers, model.experts))
  ]
  drawn.set(model.id, made)
  return made
}

const printRow = (cells: ReadonlyArray<string | number>) => console.log(`| ${cells.join(" | ")} |`)
const printHead = (cells: ReadonlyArray<string>) => {
  printRow(cells)
  printRow(cells.map(() => "---"))
}
const name = ({ one, loads }: Row) => [`${one.layers} x ${one.model.experts}`, one.units, spareOf(one), loads]
const three = (value: number) => value.toFixed(3)
const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`

console.log("Balance, copies sharing evenly; bound over all layouts; seconds are Moira's (CPU, all layers):\n")
const head = ["layers x experts", "units", "spare slots", "loads"]
const policies = ["EPLB", "EPLB hier.", "Moira"]
printHead([
  ...head,
  ...policies,
  "Moira - EPLB",
  "Moira - hier.",
  ...policies.map((one) => `seen: ${one}`),
  "bound",
  "s"
])
const all: Array<Row> = []
for (const one of cases) {
  if (asked.length > 0 && !asked.includes(one.units)) continue
  for (const loads of loadsOf(one)) {
    const row = { ...compare(one, loads), one }
    all.push(row)
    const { eplb, hierarchical, moira, bound } = row
    printRow([
      ...name(row),
      three(eplb.heldOut),
      hierarchical === undefined ? "-" : three(hierarchical.heldOut),
      three(moira.heldOut),
      signed(moira.heldOut - eplb.heldOut),
      hierarchical === undefined ? "-" : signed(moira.heldOut - hierarchical.heldOut),
      three(eplb.seen),
      hierarchical === undefined ? "-" : three(hierarchical.seen),
      three(moira.seen),
      three(bound),
      moira.seconds.toFixed(2)
    ])
  }
}

console.log(
  "\nHeld-out balance by dispatch among copies: even, weights fitted to the seen counts, the best split of each layer:\n"
)
printHead([
  ...head,
  ...["EPLB", "Moira"].flatMap((of) => ["even", "fixed", "best"].map((how) => `${of}, ${how}`)),
  "EPLB: copies sharing a unit"
])
for (const row of all.filter(({ one }) => spareOf(one) > 0)) {
  const by = ({ heldOut, fixedWeights, bestSplit }: Judged) => [heldOut, fixedWeights, bestSplit].map(three)
  printRow([...name(row), ...by(row.eplb), ...by(row.moira), row.eplb.sharing])
}

const mean = (values: ReadonlyArray<number>) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
const differences = (rows: ReadonlyArray<Row>, of: (row: Row) => Judged | undefined, what: "heldOut" | "seen") =>
  rows.flatMap((row) => {
    const other = of(row)
    return other === undefined ? [] : [row.moira[what] - other[what]]
  })
/** Mean gain and least one. */
const gain = (...of: Parameters<typeof differences>) => {
  const found = differences(...of)
  return found.length === 0
    ? "-"
    : `${signed(mean(found))} (least ${signed(Math.min(...found))}, ${found.length} cases)`
}
const recorded = all.filter(({ loads }) => loads.startsWith("DeepSeek"))
const lines = [
  ["drawn loads", all.filter((row) => !recorded.includes(row))],
  ["DeepSeek, prefill to decode", recorded]
] as const
const others = [
  ["EPLB (global)", ({ eplb }: Row) => eplb],
  ["EPLB (hierarchical)", ({ hierarchical }: Row) => hierarchical]
] as const
console.log("\nMoira's gain of balance over each policy:\n")
printHead(["loads", "over", "held out", "in sample"])
for (const [loads, rows] of lines)
  for (const [over, of] of others) printRow([loads, over, gain(rows, of, "heldOut"), gain(rows, of, "seen")])
const gaps = all.map(({ moira, bound }) => bound - moira.seen)
const seconds = all.map(({ moira }) => moira.seconds)
console.log(`
- ${all.length} cases. In sample Moira is below the bound by ${signed(mean(gaps))} in the mean and ${signed(Math.max(...gaps))} at most; above it in ${gaps.filter((gap) => gap < -1e-9).length}.
- Copies that share a unit with another copy: EPLB ${all.reduce((sum, { eplb }) => sum + eplb.sharing, 0)}, Moira ${all.reduce((sum, { moira }) => sum + moira.sharing, 0)}.
- CPU seconds of Moira: mean ${mean(seconds).toFixed(2)}, most ${Math.max(...seconds).toFixed(2)}.`)
