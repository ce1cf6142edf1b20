/** The contract of a store of data sets on the network: what is there, and the bytes of one file. */
import type { Effect, Scope } from "effect"
import type { Checksum } from "./digest.ts"
import type { HubError } from "./error.ts"

/** A folder of a data set at one commit, so that listing and downloads speak of the same files. */
export interface HubFolder {
  /** `OWNER/NAME` of the data set. */
  readonly repo: string
  readonly commit: string
  /** Slash-separated; empty for the whole data set. */
  readonly folder: string
}

export interface HubFile {
  /** From the root of the data set, slash-separated and checked to stay below the folder that was listed. */
  readonly path: string
  readonly bytes: number
  readonly checksum: Checksum
}

/** What to go on with: bytes that are already here, and the tag that they came with. */
export interface Resume {
  readonly offset: number
  readonly tag: string
}

/** Bytes of a file from `offset` to its end. */
export interface HubBody {
  readonly offset: number
  /** What tells this content from any other, in the source's own form; nothing where it cannot be resumed. */
  readonly tag: string | undefined
  readonly content: ReadableStream<Uint8Array>
}

/** The service's methods; a source other than Hugging Face implements these four. */
export interface HubApi {
  /** The commit that a branch, tag or commit name stands for. */
  readonly commit: (repo: string, revision: string) => Effect.Effect<string, HubError>
  /** Every file below a folder, by path. Fails with `NotFound` where there is no such folder. */
  readonly files: (place: HubFolder) => Effect.Effect<ReadonlyArray<HubFile>, HubError>
  /** Names of the folders directly below a folder, sorted. */
  readonly folders: (place: HubFolder) => Effect.Effect<ReadonlyArray<string>, HubError>
  /**
   * Opens a file from its start, or from `resume` if it is unchanged; undefined where it must be fetched from its
   * start instead. One try: the caller repeats.
   */
  readonly open: (
    place: HubFolder,
    file: HubFile,
    resume: Resume | undefined
  ) => Effect.Effect<HubBody | undefined, HubError, Scope.Scope>
}
