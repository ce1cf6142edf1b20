/** Decodes CSV files of llama.cpp's MoE trace one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import type { LabelledFile } from "../../parts/layout.ts"
import { passesOf } from "./passes.ts"
import { requestsOfPasses } from "./requests.ts"
import { labelsOf } from "../../parts/labels.ts"

const decode = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    let index = 0
    for (const request of requestsOfPasses(passesOf(file.path), model)) {
      const source = `${file.path}, request ${index++}`
      yield { ...labelsOf(file), source, ...request }
    }
  }

export default decode
