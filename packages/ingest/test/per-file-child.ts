/** A process that ingests copies of a format's fixture, for a test that kills it. */
import { threadRunner } from "@moira/core/node"
import { Effect } from "effect"
import { ingestStore, TraceFormat } from "../src/index.ts"
import { perFileCases } from "./per-file-corpus.ts"

const [name, traces, out] = process.argv.slice(2)
const { source, model } = perFileCases.find((one) => one.name === name)!
await Effect.runPromise(
  ingestStore([traces!], { out: out!, model }).pipe(Effect.provide([TraceFormat.layer(source), threadRunner(1)]))
)
process.disconnect()
