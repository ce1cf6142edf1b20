/** A worker that decodes files which it claims from a counter shared with others; `[counter]` in `claimed`. */
import { findModel } from "../../../packages/core/src/index.ts"
import { parentPort, workerData } from "node:worker_threads"
import { makeDecoder } from "../../../packages/ingest/src/formats/patterns-json/decode.ts"
import { readInto } from "../../../packages/ingest/src/formats/patterns-json/read-file.ts"
import { patternShape } from "../../../packages/ingest/src/formats/patterns-json/shape.ts"

const { files, model, claimed } = workerData as {
  readonly files: ReadonlyArray<string>
  readonly model: string
  readonly claimed: Int32Array
}
const room = new Uint16Array(1 << 22)
const decoder = makeDecoder(patternShape(findModel(model)!))

parentPort!.on("message", () => {
  for (;;) {
    // A few at a time, over and over the same files.
    const at = Atomics.add(claimed, 0, 4)
    if (at >= claimed[1]!) break
    for (let i = at; i < Math.min(at + 4, claimed[1]!); i++)
      decoder.decode(readInto(decoder, files[i % files.length]!).length, room)
  }
  parentPort!.postMessage("done")
})
parentPort!.postMessage("ready")
