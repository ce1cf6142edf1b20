/** Sorts the files of a vLLM recording into arrays with their sidecars, responses, and what is neither. */
import * as fs from "node:fs"
import * as path from "node:path"
import { besideFault } from "../../fault/content-fault.ts"
import { readStart } from "../../codecs/bytes/file-buffer.ts"
import { isLines } from "../../codecs/json-lines/documents.ts"
import { type LabelledFile, labelFile } from "../../parts/layout.ts"
import { isEventStream } from "../../parts/responses/responses-of.ts"
import { sidecarOf } from "./sidecar.ts"

export interface VllmItem extends LabelledFile {
  readonly kind: "array" | "responses"
  /** The JSON beside an array, if there is one, which gives its lengths. */
  readonly sidecar: string | undefined
}

export interface VllmFiles {
  readonly items: ReadonlyArray<VllmItem>
  /** Lists of the recorder's own, such as an index, that stand beside arrays, and notes of people. */
  readonly leftAlone: ReadonlyArray<string>
}

const isArray = (file: string) => file.endsWith(".npy")
const stem = (file: string) => file.replace(/\.[^.]+$/, "")

/** True where the first character that is not blank is a `[`. */
const isList = (file: string): boolean => {
  try {
    const { bytes } = readStart(file, 64)
    return Buffer.from(bytes).toString("latin1").trimStart().startsWith("[")
  } catch (cause) {
    throw besideFault(file, cause)
  }
}

const array = (file: string): VllmItem => {
  const sidecar = sidecarOf(file)
  return { ...labelFile(file), kind: "array", sidecar: fs.existsSync(sidecar) ? sidecar : undefined }
}

/** Text is what people write as well: only event streams among it are responses. */
const isOtherText = (file: string): boolean => {
  try {
    return file.endsWith(".txt") && !isEventStream(file)
  } catch (cause) {
    throw besideFault(file, cause)
  }
}

/** Throws `FileFault` for a file that cannot be looked into. */
export const sortFiles = (files: ReadonlyArray<string>): VllmFiles => {
  const besideArrays = new Set(files.filter(isArray).map((file) => path.dirname(file)))
  const items = new Map<string, VllmItem>()
  const leftAlone: Array<string> = []
  for (const file of files) {
    const arrayFile = isArray(file) ? file : `${stem(file)}.npy`
    if (isArray(file) || (!isLines(file) && fs.existsSync(arrayFile))) items.set(arrayFile, array(arrayFile))
    else if (besideArrays.has(path.dirname(file)) && !isLines(file) && isList(file)) leftAlone.push(file)
    else if (isOtherText(file)) leftAlone.push(file)
    else items.set(file, { ...labelFile(file), kind: "responses", sidecar: undefined })
  }
  return { items: [...items.values()], leftAlone }
}
