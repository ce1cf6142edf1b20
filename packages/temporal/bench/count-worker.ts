/** A worker that counts layer pairs which it claims from a counter shared with others; `[claimed, end]` in `counter`. */
import { wasmKernels } from "@moira/trace/kernels"
import { parentPort, workerData } from "node:worker_threads"

const { ids, layers, rows, topK, experts, counter } = workerData as {
  readonly ids: Uint16Array
  readonly layers: number
  readonly rows: number
  readonly topK: number
  readonly experts: number
  readonly counter: Int32Array
}
const kernels = wasmKernels()!
const size = rows * topK
const into = new Uint32Array(experts * experts)

parentPort!.on("message", () => {
  for (let at = Atomics.add(counter, 0, 1); at < counter[1]!; at = Atomics.add(counter, 0, 1)) {
    const layer = at % (layers - 1)
    const a = ids.subarray(layer * size, (layer + 1) * size)
    const b = ids.subarray((layer + 1) * size, (layer + 2) * size)
    kernels.joint(a, b, { topK, experts, holes: false }, Uint32Array.of(0, 0, rows, 0), [into])
  }
  parentPort!.postMessage("done")
})
parentPort!.postMessage("ready")
