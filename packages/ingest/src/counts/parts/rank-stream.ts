/** Streams the workloads of files that ranks wrote. */
import type { ExpertCounts } from "@moira/trace"
import type { Model } from "@moira/core"
import { Effect, Stream } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { contentError } from "../../fault/content-error.ts"
import type { CountsRead } from "../../counts-source.ts"
import { type IngestError, IngestError as Refused } from "../../fault/error.ts"
import type { CountsArray } from "./json-scan.ts"
import { groupRanks, type RankFile, type RankGroup } from "./rank-files.ts"
import { asWorkload, hashOfHashes, phaseOf } from "./workloads.ts"

/** The hash of a file that is not held in memory whole. */
const hashFile = (file: string): string => {
  const fd = fs.openSync(file, "r")
  try {
    const whole = createHash("sha256")
    const piece = new Uint8Array(2 ** 20)
    for (let got = fs.readSync(fd, piece); got > 0; got = fs.readSync(fd, piece)) whole.update(piece.subarray(0, got))
    return whole.digest("hex")
  } finally {
    fs.closeSync(fd)
  }
}

/** What a group of rank files comes to. */
export interface Summed {
  readonly array: CountsArray
  readonly notes: ReadonlyArray<string>
}

const tooMany = (file: string, what: string): never => {
  throw new Refused({
    reason: "Ragged",
    where: `${file}, record 0`,
    what,
    hint: "put the files of each recording in a folder of their own"
  })
}

/** Reads the rank of every file, groups them, and sums each group when it is pulled. */
export const rankWorkloads = (
  files: ReadonlyArray<string>,
  model: Model | undefined,
  rankOf: (file: string) => number,
  sum: (group: RankGroup, during: (file: string) => void) => Summed
): Effect.Effect<CountsRead, IngestError> =>
  Effect.gen(function* () {
    const ranked: Array<RankFile> = []
    for (const file of files)
      ranked.push({ file, rank: yield* Effect.try({ try: () => rankOf(file), catch: contentError(file) }) })
    const groups = yield* Effect.try({ try: () => groupRanks(ranked, tooMany), catch: contentError(files[0]!) })
    const workload = (group: RankGroup): Effect.Effect<ExpertCounts, IngestError> =>
      Effect.suspend(() => {
        // The file at hand, so that a fault names the one that it is in.
        let reading = group.files[0]!.file
        return Effect.try({
          try: () => {
            const summed = sum(group, (file) => (reading = file))
            const [first] = group.files
            const source = group.files.length === 1 ? first!.file : path.dirname(first!.file)
            const sha256 = hashOfHashes(group.files.map(({ file }) => hashFile(file)))
            const about = {
              workload: group.workload,
              phase: phaseOf(group.workload),
              source,
              sha256,
              notes: summed.notes
            }
            return asWorkload(about, summed.array, model)
          },
          catch: (cause) => contentError(reading)(cause)
        })
      })
    const workloads = Stream.fromIterable(groups, { chunkSize: 1 }).pipe(Stream.mapEffect(workload))
    return { files: files.length, workloads }
  })
