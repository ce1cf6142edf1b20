/** Cuts the files of a trace into segments whose names say what they are made of. */
import { createHash } from "node:crypto"
import type { Model } from "@moira/core"
import { segmentVersion } from "@moira/trace/segments"
import type { DecodeOptions, TraceFile } from "../source.ts"
import { stateOf } from "./file-state.ts"
import type { PlannedFile, PlannedSegment } from "./job.ts"

/** Files of one segment: one chunk of the store where each holds a request. */
const segmentFiles = 64

/** Bytes after which a segment is cut earlier, so that a thread holds little and a kill costs little. */
const segmentBytes = 256 * 2 ** 20

const sizeOf = ({ states }: PlannedFile): number => states.reduce((sum, { size }) => sum + size, 0)

/** The files with the states in which they are to be read. Throws the file system's error. */
export const planFiles = (files: ReadonlyArray<TraceFile>): ReadonlyArray<PlannedFile> =>
  files.map((file) => ({ file, states: [file.path, ...(file.beside ?? [])].map(stateOf) }))

/** Consecutive files in groups; where they are cut depends on nothing but their number and sizes. */
const cutFiles = (files: ReadonlyArray<PlannedFile>): ReadonlyArray<ReadonlyArray<PlannedFile>> => {
  const cut: Array<Array<PlannedFile>> = []
  let bytes = Infinity
  for (const planned of files) {
    const size = sizeOf(planned)
    if (bytes + size > segmentBytes || cut.at(-1)!.length === segmentFiles) {
      cut.push([])
      bytes = 0
    }
    cut.at(-1)!.push(planned)
    bytes += size
  }
  return cut
}

/**
 * The segments of a trace. The name of one is a hash of all that its content follows from, except the content of files,
 * for which their states stand: under the same name lies the same segment.
 */
export const planSegments = (
  format: string,
  model: Model,
  options: DecodeOptions,
  files: ReadonlyArray<PlannedFile>
): ReadonlyArray<PlannedSegment> =>
  cutFiles(files).map((part, i) => {
    const text = JSON.stringify([segmentVersion, format, model, options, i, part])
    return { name: createHash("sha256").update(text).digest("hex").slice(0, 32), files: part }
  })
