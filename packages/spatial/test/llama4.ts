/** Real traces of Llama 4, read the plain way; absent in a checkout without the data. */
import { findModel, moeLayers, type TraceRequest } from "@moira/trace"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

export const model = findModel("llama-4-maverick")!

const folder = fileURLToPath(
  new URL(`../../../../shared/data/traces/patterns/${model.aliases.at(-1)}/mmlu`, import.meta.url)
)

export const present = fs.existsSync(folder)
if (!present) console.warn(`skipped: no real traces at ${folder}`)

type Rows = ReadonlyArray<ReadonlyArray<number>>

const request = (subject: string, file: string): TraceRequest => {
  const elements: ReadonlyArray<Readonly<Record<string, Rows>>> = JSON.parse(fs.readFileSync(file, "utf8"))
  const layers = moeLayers(model)
  return {
    benchmark: "mmlu",
    subject,
    language: "en",
    source: file,
    sha256: "",
    prefillTokens: elements[0]![layers[0]!]!.length,
    decodeTokens: elements.length - 1,
    ids: Uint16Array.from(layers.flatMap((layer) => elements.flatMap((element) => element[layer]!.flat())))
  }
}

/** All requests, by subject and file name. */
export const readRequests = (): ReadonlyArray<TraceRequest> =>
  fs
    .readdirSync(folder)
    .toSorted()
    .flatMap((subject) =>
      fs
        .readdirSync(`${folder}/${subject}`)
        .toSorted()
        .map((file) => request(subject, `${folder}/${subject}/${file}`))
    )
