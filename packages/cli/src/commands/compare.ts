import { compare, namedMachines } from "@moira/pipeline"
import { writeFiles } from "@moira/core/node"
import { writeReport } from "@moira/report/node"
import { documentText } from "@moira/results"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { compareFlags, compareOptions } from "../flags/compare.ts"
import { common, reportFormats } from "../flags/shared.ts"
import { readResults } from "../inputs/results.ts"
import { compareText } from "../terminal/compare-text.ts"
import { note, print } from "../terminal/output.ts"

/** Narrower terminals break lines themselves; where nobody looks, lines are of this length. */
const columns = { least: 40, usual: 100 } as const

export default Command.make(
  "compare",
  {
    results: Argument.String("result").pipe(
      Argument.variadic({ min: 1 }),
      Argument.withDescription("documents that `moira simulate` wrote, or folders of sweeps")
    ),
    ...compareFlags,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for comparison.json and the report")),
    ...common
  },
  Effect.fnUntraced(function* ({ results, out, json, quiet: _quiet, ...flags }) {
    const { documents, missing } = yield* readResults(results)
    const options = yield* compareOptions(flags)
    const document = yield* Effect.fromResult(
      compare(documents, { named: yield* namedMachines(), ...options, missing })
    )
    for (const warning of document.comparison.warnings) yield* note(`warning: ${warning}`)
    if (Option.isSome(out)) {
      const written = yield* writeFiles(out.value, new Map([["comparison.json", documentText(document)]]))
      const report = yield* writeReport({ documents: [document], out: out.value, formats: reportFormats })
      yield* note(`wrote ${[...written, ...report].join(", ")}`)
    }
    const width = Math.max(columns.least, process.stdout.columns ?? columns.usual)
    yield* print(json ? documentText(document) : compareText(document, width))
  })
).pipe(
  Command.withDescription("Say which machine to build, what binds it, and what a part of it buys, from simulated runs"),
  Command.withExamples([
    {
      command: "moira compare out/links/simulation.json out/hbm/simulation.json --out out/compare",
      description: "two machines side by side, with a report"
    },
    {
      command: "moira compare out/sweep --by machine.linkBytesPerSec --against money --price units=25000",
      description: "a sweep: what a faster link buys, and whether it is worth its price"
    }
  ]),
  listed(11.5)
)
