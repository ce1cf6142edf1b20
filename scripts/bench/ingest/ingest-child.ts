/** A process that ingests a folder and prints what that took, its own start not counted. */
import { findModel } from "../../../packages/core/src/index.ts"
import { threadRunner } from "../../../packages/core/src/node.ts"
import { Effect } from "effect"
import patternsJson from "../../../packages/ingest/src/formats/patterns-json/index.ts"
import { ingestStore, TraceFormat } from "../../../packages/ingest/src/index.ts"
import { type SourceHash } from "../../../packages/ingest/src/codecs/bytes/digest.ts"

const [folder, out, workers, sourceHash] = process.argv.slice(2)
const [beforeMs, before] = [performance.now(), process.cpuUsage()]
await Effect.runPromise(
  ingestStore([folder!], {
    out: out!,
    model: findModel("deepseek-v3")!,
    sourceHash: sourceHash as SourceHash
  }).pipe(Effect.provide([TraceFormat.layer(patternsJson), threadRunner(Number(workers))]))
)
const { user, system } = process.cpuUsage(before)
const took = {
  wallSeconds: (performance.now() - beforeMs) / 1e3,
  cpuSeconds: (user + system) / 1e6,
  residentMb: (process.resourceUsage().maxRSS * 1024) / 1e6
}
process.stdout.write(JSON.stringify(took))
