/** The page: a headline, what each strategy was given, means and worst cases, and every run. */
import { batches, places, rivals, type Run, steps } from "./plan.ts"

type Row = ReadonlyArray<string>

const table = (header: Row, rows: ReadonlyArray<Row>): string => {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length), 3))
  const line = (row: Row) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`
  const rule = `| ${widths.map((w, i) => (i === 0 ? "-".repeat(w) : `${"-".repeat(w - 1)}:`)).join(" | ")} |`
  return [line(header), rule, ...rows.map(line)].join("\n")
}

const times = (ratio: number | undefined): string => (ratio === undefined ? "–" : ratio.toFixed(2))
const grouped = (n: number): string => n.toLocaleString("en-US")
const geometricMean = (values: ReadonlyArray<number>): number | undefined =>
  values.length === 0 ? undefined : Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length)

/** One trace, machine and batch: what every strategy reached over EP. */
interface Case {
  readonly trace: string
  readonly machine: string
  readonly batch: number
  /** By strategy; of rivals with copies the best limit. */
  readonly overEp: ReadonlyMap<string, number>
  readonly moiraOverBound: number
  /** How much faster than the best rival anybody could be: its time over the lower bound of that run. */
  readonly ceiling: number
  readonly rival: string
}

/** Strategies that are not Moira's: whoever is the fastest of them is the rival. */
const others = ["ep", "base", "ep-largest-first", "allo+pred", "allo+pred-overlap", "allo-copies", ...rivals]
const strategies = [...others, "moira"]

const casesOf = (runs: ReadonlyArray<Run>): ReadonlyArray<Case> =>
  [...Map.groupBy(runs, ({ trace, machine, batch }) => JSON.stringify([trace, machine.name, batch]))].flatMap(
    ([, all]) => {
      const { trace, machine, batch } = all[0]!
      const best = new Map<string, Run>()
      for (const run of all) {
        const known = best.get(run.strategy.name)
        if (known === undefined || known.metrics["time_ps"]! > run.metrics["time_ps"]!) best.set(run.strategy.name, run)
      }
      const ep = best.get("ep")
      const moira = best.get("moira")
      if (ep === undefined || moira === undefined) return []
      const overEp = new Map(
        [...best].map(([name, { metrics }]) => [name, ep.metrics["time_ps"]! / metrics["time_ps"]!] as const)
      )
      const rival = others.reduce((a, b) => ((overEp.get(b) ?? 0) > (overEp.get(a) ?? 0) ? b : a))
      return [
        {
          trace,
          machine: machine.name,
          batch,
          overEp,
          moiraOverBound: moira.metrics["lower_bound_ratio"]!,
          ceiling: best.get(rival)!.metrics["lower_bound_ratio"]!,
          rival
        }
      ]
    }
  )

const over = ({ overEp, rival }: Case): number => overEp.get("moira")! / overEp.get(rival)!
const ofStrategy = (cases: ReadonlyArray<Case>, name: string): ReadonlyArray<number> =>
  cases.flatMap(({ overEp }) => overEp.get(name) ?? [])

/** Means over traces by strategy, one column a batch. */
const means = (cases: ReadonlyArray<Case>): string =>
  table(
    ["over EP", ...batches.map(grouped), "mean", "worst"],
    strategies.map((name) => {
      const all = ofStrategy(cases, name)
      return [
        `\`${name}\``,
        ...batches.map((batch) =>
          times(
            geometricMean(
              ofStrategy(
                cases.filter((c) => c.batch === batch),
                name
              )
            )
          )
        ),
        times(geometricMean(all)),
        times(all.length === 0 ? undefined : Math.min(...all))
      ]
    })
  )

/** Moira over the best rival of each case, and how far both are from the lower bound. */
const headline = (cases: ReadonlyArray<Case>): string =>
  table(
    [
      "machine, batch",
      "Moira over EP",
      "best rival over EP",
      "Moira over rival",
      "worst",
      "Moira's time over bound",
      "rival's time over bound"
    ],
    places.flatMap(({ machine }) =>
      batches.flatMap((batch) => {
        const own = cases.filter((c) => c.machine === machine && c.batch === batch)
        if (own.length === 0) return []
        return [
          [
            `${machine}, ${grouped(batch)}`,
            times(geometricMean(ofStrategy(own, "moira"))),
            times(geometricMean(own.map(({ overEp, rival }) => overEp.get(rival)!))),
            times(geometricMean(own.map(over))),
            times(Math.min(...own.map(over))),
            times(geometricMean(own.map(({ moiraOverBound }) => moiraOverBound))),
            times(geometricMean(own.map(({ ceiling }) => ceiling)))
          ]
        ]
      })
    )
  )

const everyRun = (cases: ReadonlyArray<Case>, machine: string): string =>
  table(
    ["trace, batch", ...strategies.map((name) => `\`${name}\``), "best rival", "Moira over it"],
    cases
      .filter((c) => c.machine === machine)
      .map((c) => [
        `${c.trace}, ${grouped(c.batch)}`,
        ...strategies.map((name) => times(c.overEp.get(name))),
        `\`${c.rival}\``,
        times(over(c))
      ])
  )

const isWafer = ({ machine }: Case): boolean => places.find((p) => p.machine === machine)!.network === "flow"

const sentence = (name: string, cases: ReadonlyArray<Case>): string => {
  const ratios = cases.map(over)
  const lost = cases.filter((c) => over(c) < 0.995)
  const at = lost.map((c) => `${c.trace} on ${c.machine} at ${grouped(c.batch)} (${times(over(c))}, to \`${c.rival}\`)`)
  const worst = Math.min(...ratios)
  return (
    `On ${name} Moira is ${times(geometricMean(ofStrategy(cases, "moira")))} x EP and ${times(geometricMean(ratios))} x the best rival of each case ` +
    `in the mean of ${cases.length} cases, ${times(worst)} at worst. ` +
    (at.length === 0
      ? "It loses none."
      : `It loses ${at.length}: ${at.slice(0, 8).join("; ")}${at.length > 8 ? "; and more, below" : ""}.`)
  )
}

export const page = (runs: ReadonlyArray<Run>): string => {
  const cases = casesOf(runs)
  const wafers = cases.filter(isWafer)
  const clusters = cases.filter((c) => !isWafer(c))
  const parts = [
    "# Strategies compared by the same rules",
    `${sentence("wafers", wafers)}\n\n${sentence("GPU clusters", clusters)}`,
    "The rival is whoever of the other strategies is fastest in a case, chosen afterwards; strategies with copies run with at most 4 and 20 a layer " +
      "and unit, and the best counts. A rival's time over the lower bound is how much faster than it anybody could be: where that is below 1.15, no strategy " +
      "can be 1.15 times as fast.",
    headline(cases),
    "## What each is given",
    [
      `- The same traces, batches and ${steps} decode steps from the first one on; the model's serving format for reading, copying and room alike.`,
      "- The same memory: what experts, the machine's own reserve and 30 % for the KV cache leave (`--kv-reserve`).",
      "- The same knowledge: what prompts chose, and what earlier steps chose. Nobody sees a step before it is routed.",
      "- Copies are charged in the step that makes them: read over the links, written to memory, beside the step's own reads. `eplb`, `lplb`, `metro`, " +
        "`allo-copies` and `moira` make them by the same rule, in what a step leaves unused (`copies/seed.ts`).",
      "- Decisions are charged in cycles that were timed in C for each (`scripts/calibrate/decisions`), on the wafer's Global Command Processor or on one " +
        "multiprocessor of a GPU, with the way of the counts there and back. `ep`, `base` and `eplb` decide nothing.",
      "- The largest task first for all but `ep`, `base` and `allo+pred`, which run as published; decided behind the first read for all that decide, but `allo+pred`. " +
        "On clusters nothing hides a decision: `lplb` and `metro` wait for it; Moira splits by the layer's last counts, everywhere, and waits where that would lose more than it costs.",
      "- Activations are ignored on wafers, as the study does, and exchanged by measured laws on clusters.",
      "",
      "| strategy | where work goes | copies | source |",
      "| --- | --- | --- | --- |",
      "| `ep` | at home | none | what engines do |",
      "| `base` | four pieces an expert, the same for ever | none | the study |",
      "| `ep-largest-first` | at home | none | task order alone |",
      "| `allo+pred`, `allo+pred-overlap` | Algorithm 1 | what was read and is predicted next | the study; with order and overlap |",
      "| `allo-copies` | Algorithm 1 | as Moira | the study's allocator with Moira's copies |",
      "| `eplb` | evenly over copies | as Moira | deepseek-ai/EPLB: token index modulo copies |",
      "| `lplb` | the best split over copies, exactly | as Moira | LPLB: a linear program over copies each step |",
      "| `metro` | all tokens of an expert to the copy where fewest experts run | as Moira | METRO, arXiv 2512.09277 |",
      "| `moira` | as at the last step, then the fewest moves | in spare time, what was read stays | this project |"
    ].join("\n"),
    "## Means over traces, wafers",
    means(wafers),
    "## Means over traces, GPU clusters",
    means(clusters),
    ...places.flatMap(({ machine }) => [`## Every case on ${machine}`, everyRun(cases, machine)]),
    "## How to get this page again",
    '`node --conditions=@moira/source scripts/compare/strategies.ts --out FOLDER --store "Llama 4 (real)=STORE" --store "gpt-oss-20b (real)=STORE" > docs/results/comparison.md` ' +
      "after `npm run build`. Twins are made with 256 requests and seed 1; everything is deterministic."
  ]
  return `${parts.join("\n\n")}\n`
}
