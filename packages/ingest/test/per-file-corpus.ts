/** Many copies of a format's fixture in folders of their own, for tests of formats that are decoded file by file. */
import * as fs from "node:fs"
import * as path from "node:path"
import type { Model } from "@moira/core"
import type { TraceSource } from "../src/source.ts"
import type { FixtureFiles } from "../src/testing.ts"
import { cases as gptOss } from "./gpt-oss/cases.ts"
import { cases as llamaCpp } from "./llama-cpp/cases.ts"
import { cases as megatronRouter } from "./megatron-router/cases.ts"
import { cases as moeBalance } from "./moe-balance/cases.ts"
import { cases as sglangHttp } from "./sglang-http/cases.ts"
import { cases as trtllmRaw } from "./trtllm-raw/cases.ts"
import { cases as vllm } from "./vllm/cases.ts"
import sglangRecorder from "../src/formats/sglang-recorder/index.ts"
import { pt } from "./codecs/pickle/fixtures.ts"
import { tiny } from "./tiny.ts"

export interface PerFileCase {
  readonly name: string
  readonly source: TraceSource
  readonly files: FixtureFiles
  readonly model: Model
}

/** Of the many kinds of responses, those that are read in different ways. */
const responses = [...vllm, ...sglangHttp].filter(({ name }) =>
  ["vllm lists", "vllm lines", "vllm event stream", "vllm arrays", "sglang-http generate"].includes(name)
)

export const perFileCases: ReadonlyArray<PerFileCase> = [
  ...[responses, trtllmRaw, megatronRouter, gptOss, moeBalance, llamaCpp]
    .flat()
    .map(({ name, source, files }) => ({ name, source, files, model: tiny })),
  { name: "sglang-recorder", source: sglangRecorder, files: { "run.pt": pt("tokens/rank0") }, model: tiny }
]

/** Writes `copies` of a fixture below `folder`; returns the files of the first of its names. */
export const writeCopies = (folder: string, { files }: PerFileCase, copies: number): ReadonlyArray<string> =>
  Array.from({ length: copies }, (_, n) => {
    const written = Object.entries(files).map(([name, content]) => {
      const file = path.join(folder, "mmlu", `s${String(n).padStart(3, "0")}`, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, content)
      return file
    })
    return written[0]!
  })
