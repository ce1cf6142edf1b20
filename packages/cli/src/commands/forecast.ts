import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { forecastDocument } from "../documents/patterns.ts"
import { common, nameList, numberList, runnerFlags, seed, usualWorkers } from "../flags/shared.ts"
import { printExperiment, runShort } from "../runs/short-command.ts"

export default Command.make(
  "forecast",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store")),
    predictors: nameList("predictors").pipe(
      Flag.optional,
      Flag.withDescription("names, packages or paths; all built-in ones when left out")
    ),
    top: numberList("top", 1).pipe(
      Flag.optional,
      Flag.withDescription("recall among the best n, beside the model's top-k and twice that")
    ),
    cache: numberList("cache", 1).pipe(
      Flag.optional,
      Flag.withDescription("experts that a cache of one layer holds; a tenth and a fifth of all when left out")
    ),
    seed,
    ...runnerFlags(usualWorkers(4)),
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for forecast.json and the report")),
    ...printExperiment,
    ...common
  },
  Effect.fnUntraced(function* ({ store, workers, runner, out, json, quiet, printExperiment: shown, ...flags }) {
    yield* runShort(forecastDocument(store, flags), { out, json, quiet, printExperiment: shown, runner, workers })
  })
).pipe(
  Command.withDescription("Say how well predictors foresee the experts of requests that they have not seen"),
  listed(9)
)
