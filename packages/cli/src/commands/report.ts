import { readDocument, writeReport } from "@moira/report"
import { version } from "@moira/core"
import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { print, printJson } from "../terminal/output.ts"
import { common, nameList, reportFormats } from "./flags.ts"

export const reportCommand = Command.make(
  "report",
  {
    results: Argument.String("result").pipe(
      Argument.variadic({ min: 1 }),
      Argument.withDescription("result documents of analyze and simulate")
    ),
    out: Flag.String("out").pipe(Flag.withDescription("directory for the files")),
    format: nameList("format", reportFormats.join(",")).pipe(
      Flag.withDescription("html, md, csv, svg: names, packages or paths")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ results, out, format, json }) {
    const documents = yield* Effect.forEach(results, readDocument)
    const files = yield* writeReport({ documents, out, formats: format })
    yield* json ? printJson({ schema: "moira-files/1", moira: version, files }) : print(files.join("\n"))
  })
).pipe(Command.withDescription("Turn results into files that people read"))
