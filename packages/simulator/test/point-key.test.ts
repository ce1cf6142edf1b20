/** A point is known by what it is, not by where it lies. */
import { assert, it } from "@effect/vitest"
import { type ExperimentPoint, pointKey } from "../src/run/point.ts"

const plugin = (kind: string, name: string, at = "a") => ({
  reference: { kind, name, package: "@acme/plug", version: "1.0.0", sha256: "aa" },
  module: `file:///${at}/${name}.js`
})

const point: ExperimentPoint = {
  trace: { contentSha256: "abc", location: "here.moira" },
  backend: plugin("hardware", "ring"),
  machine: { name: "mine", spec: { dies: 4, link: { bytesPerSec: 1, latencyPs: 2 } } },
  network: plugin("network", "flow"),
  optimizer: plugin("optimizer", "eplb"),
  allocator: plugin("allocator", "even"),
  residency: plugin("residency", "fixed"),
  batch: 4,
  steps: 2
}

it("the key is the same wherever trace and modules lie, and in whatever order fields are", () => {
  const key = pointKey(point)
  assert.match(key, /^[0-9a-f]{64}$/)
  const moved = {
    ...point,
    trace: { contentSha256: "abc", location: "there.moira" },
    network: plugin("network", "flow", "elsewhere")
  }
  assert.strictEqual(pointKey(moved), key)
  const own = (path: string): ExperimentPoint => ({
    ...point,
    network: { reference: { kind: "network", name: "own", path, sha256: "aa" }, module: `file://${path}` }
  })
  assert.strictEqual(pointKey(own("./own.ts")), pointKey(own("/elsewhere/own.ts")))
  const { batch, steps, machine: _, ...rest } = point
  const spec = { link: { latencyPs: 2, bytesPerSec: 1 }, dies: 4 }
  assert.strictEqual(pointKey({ steps, machine: { spec, name: "mine" }, ...rest, batch }), key)
})

it("whatever changes the result changes the key", () => {
  const others: ReadonlyArray<ExperimentPoint> = [
    { ...point, trace: { contentSha256: "abd" } },
    { ...point, batch: 5 },
    { ...point, seed: 2 },
    { ...point, machine: "mine" },
    { ...point, network: plugin("network", "ideal") },
    { ...point, network: { ...point.network, reference: { ...point.network.reference, sha256: "ab" } } },
    { ...point, network: { ...point.network, reference: { ...point.network.reference, importsSha256: "ab" } } },
    { ...point, network: { ...point.network, reference: { ...point.network.reference, contract: "network/v2" } } },
    { ...point, network: { ...point.network, reference: { ...point.network.reference, version: "1.0.1" } } }
  ]
  const keys = [point, ...others].map(pointKey)
  assert.strictEqual(new Set(keys).size, keys.length)
})
