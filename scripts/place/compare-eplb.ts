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

console.log("Held-out balance, copies sharing evenly; floor and seconds (CPU, all layers) are Moira's:\n")
const head = ["layers x experts", "units", "spare slots", "loads"]
printHead([...head, "EPLB", "EPLB hier.", "Moira", "Moira - EPLB", "seen: EPLB", "seen: Moira", "floor", "s"])
const all: Array<Row> = []
for (const one of cases) {
  if (asked.length > 0 && !asked.includes(one.units)) continue
  for (const loads of loadsOf(one)) {
    const row = { ...compare(one, loads), one }
    all.push(row)
    const { eplb, hierarchical, moira, floor } = row
    printRow([
      ...name(row),
      three(eplb.heldOut),
      hierarchical === undefined ? "-" : three(hierarchical.heldOut),
      three(moira.heldOut),
      signed(moira.heldOut - eplb.heldOut),
      three(eplb.seen),
      three(moira.seen),
      three(floor),
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
const gain = (rows: ReadonlyArray<Row>, of: (row: Row) => Judged) =>
  signed(mean(rows.map((row) => row.moira.heldOut - of(row).heldOut)))
const globally = ({ eplb }: Row) => eplb
const asCalled = ({ eplb, hierarchical }: Row) => hierarchical ?? eplb
const below = all.filter(({ eplb }) => eplb.heldOut < 0.97)
const atFloor = below.filter(({ eplb, floor }) => eplb.seen >= floor - 0.001)
const free = below.filter((row) => !atFloor.includes(row))
const called = all.filter((row) => asCalled(row).heldOut < 0.97)
const servers = called.filter(({ hierarchical }) => hierarchical !== undefined)
const zipf = all.filter(
  ({ hierarchical, loads, one }) => hierarchical !== undefined && spareOf(one) > 0 && loads === "Zipf(1)"
)
const differences = all.map((row) => row.moira.heldOut - row.eplb.heldOut)
const seconds = all.map(({ moira }) => moira.seconds)
console.log(`
- ${all.length} cases. Least Moira - EPLB (global): ${signed(Math.min(...differences))}; below -0.002 in ${differences.filter((d) => d < -0.002).length} of them.
- EPLB (global) below 0.97 in ${below.length} cases: mean gain ${gain(below, globally)}. In ${atFloor.length} of them EPLB is at the floor on the counts
  that it saw; mean gain in the other ${free.length}: ${gain(free, globally)}.
- EPLB as engines call it (hierarchical where groups divide by servers) below 0.97 in ${called.length} cases: mean gain ${gain(called, asCalled)};
  in the ${servers.length} hierarchical ones: ${gain(servers, asCalled)}.
- Zipf(1), servers, spare slots: EPLB hierarchical ${three(mean(zipf.map((row) => asCalled(row).heldOut)))}, Moira ${three(mean(zipf.map(({ moira }) => moira.heldOut)))}.
- Copies that share a unit with another copy: EPLB ${all.reduce((sum, { eplb }) => sum + eplb.sharing, 0)}, Moira ${all.reduce((sum, { moira }) => sum + moira.sharing, 0)}.
- CPU seconds of Moira: mean ${mean(seconds).toFixed(2)}, most ${Math.max(...seconds).toFixed(2)}.`)
