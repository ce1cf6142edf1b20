/** Files of nested values with arrays: what torch.save, pickle and numpy.savez write, opened alike. */
import * as fs from "node:fs"
import { bytesOfFile } from "../codecs/bytes/byte-source.ts"
import { readBounded } from "../codecs/bytes/read-bounded.ts"
import { openNpz } from "../codecs/npy/npz.ts"
import type { Tensor } from "../codecs/pickle/plain.ts"
import { openTorch } from "../codecs/pickle/torch-file.ts"
import { type Node, NpyNode } from "./numbers.ts"

export type ReadTensor = (tensor: Tensor) => Float64Array

/** What an open file holds, `.npz` as a dict of arrays by name. */
export interface Tree {
  readonly root: Node
  readonly readTensor: ReadTensor
}

/** Gives what a file holds to `body`, and closes it afterwards. Throws `ContentFault`. */
export function* withTree<A>(file: string, body: (tree: Tree) => Iterable<A>): Generator<A> {
  if (file.endsWith(".npz")) {
    const { names, array } = openNpz(readBounded(file))
    const root: Node = new Map([...names].map((name) => [name, new NpyNode(() => array(name))]))
    // An archive holds no tensors, so that none is ever read.
    yield* body({ root, readTensor: () => new Float64Array(0) })
    return
  }
  const fd = fs.openSync(file, "r")
  try {
    const { root, read } = openTorch(bytesOfFile(fd))
    yield* body({ root, readTensor: read })
  } finally {
    fs.closeSync(fd)
  }
}
