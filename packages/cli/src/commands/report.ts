import { loadKinds, readDocument, writeReport } from "@moira/report/node"
import { version } from "@moira/core"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { print, printJson } from "../terminal/output.ts"
import { common, nameList, reportFormats } from "../flags/shared.ts"
import { loadOwnKinds } from "../inputs/own-analyses.ts"

export default Command.make(
  "report",
  {
    results: Argument.String("result").pipe(
      Argument.variadic({ min: 1 }),
      Argument.withDescription("result documents that other commands wrote")
    ),
    out: Flag.String("out").pipe(Flag.withDescription("directory for the files")),
    format: nameList("format", reportFormats.join(",")).pipe(
      Flag.withDescription("html, md, csv, svg: names, packages or paths")
    ),
    kind: nameList("kind").pipe(
      Flag.optional,
      Flag.withDescription("kinds of result beside those of Moira and of installed packages: packages or paths")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ results, out, format, kind: kinds, json }) {
    const known = yield* Effect.cached(
      Effect.flatMap(loadOwnKinds(Option.getOrElse(kinds, () => [])), (own) => loadKinds([], own))
    )
    const documents = yield* Effect.forEach(results, (result) => readDocument(result, known))
    const files = yield* writeReport({ documents, out, formats: format, kinds: yield* known })
    yield* json ? printJson({ schema: "moira-files/1", moira: version, files }) : print(files.join("\n"))
  })
).pipe(Command.withDescription("Turn results into files that people read"), listed(14))
