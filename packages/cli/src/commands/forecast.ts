import { writeReport } from "@moira/report/node"
import { Runner } from "@moira/core"
import { saveText } from "@moira/core/node"
import { documentText } from "@moira/results"
import { storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as os from "node:os"
import * as path from "node:path"
import { forecast } from "@moira/pipeline"
import { listed } from "../command.ts"
import { forecastText } from "../terminal/forecast-text.ts"
import { tellInputWarnings } from "../terminal/input-warnings.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common, nameList, numberList, reportFormats, runnerFlags, seed } from "../flags/shared.ts"

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
    ...runnerFlags(Math.min(4, os.availableParallelism())),
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for forecast.json and the report")),
    ...common
  },
  Effect.fnUntraced(function* ({ store, predictors, top, cache, seed: from, workers, runner, out, json, quiet }) {
    const options = {
      ...Option.match(predictors, { onNone: () => ({}), onSome: (names) => ({ predictors: names }) }),
      tops: Option.getOrElse(top, () => []),
      seed: from,
      ...Option.match(cache, { onNone: () => ({}), onSome: (caches) => ({ caches }) })
    }
    const document = yield* withProgress(
      forecast(options).pipe(Effect.provide([storeLayer(store), Runner.named(runner, workers)])),
      quiet
    )
    yield* tellInputWarnings(document)
    if (Option.isSome(out)) {
      const file = path.join(out.value, "forecast.json")
      yield* saveText(file, documentText(document))
      const files = yield* writeReport({ documents: [document], out: out.value, formats: reportFormats })
      yield* note(`wrote ${[file, ...files].join(", ")}`)
    }
    yield* print(json ? documentText(document) : forecastText(document.forecast))
  })
).pipe(
  Command.withDescription("Say how well predictors foresee the experts of requests that they have not seen"),
  listed(9)
)
