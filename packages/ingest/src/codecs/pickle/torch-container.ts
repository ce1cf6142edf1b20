/** Where a file of torch keeps its pickle and the storages beside it, whichever of its formats it has. */
import type { Plain } from "./plain.ts"

/** The bytes of one storage, which are read when asked for. */
export interface StoredBytes {
  /** For messages. */
  readonly place: string
  readonly size: number
  readonly read: () => Uint8Array
}

export interface TorchContainer {
  readonly root: Plain
  /** Name of the pickle, for messages. */
  readonly member: string
  readonly storage: (key: string) => StoredBytes | undefined
}
