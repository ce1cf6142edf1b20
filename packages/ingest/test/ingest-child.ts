/** A process that ingests, for tests that kill it: says when it starts and when it is done. */
import { threadRunner } from "@moira/core/node"
import { Effect } from "effect"
import patternsJson from "../src/formats/patterns-json/index.ts"
import { ingestStore, TraceFormat } from "../src/index.ts"
import { tiny } from "./tiny.ts"

const [traces, out, workers] = process.argv.slice(2)
process.send!("started")
await Effect.runPromise(
  ingestStore([traces!], { out: out!, model: tiny }).pipe(
    Effect.provide([TraceFormat.layer(patternsJson), threadRunner(Number(workers))])
  )
)
process.send!("done")
process.disconnect()
