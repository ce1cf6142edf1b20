/** The kit must catch broken backends: each mutant breaks one rule, and the check named must fail on it. */
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { Backend, Machine } from "@moira/hardware"
import { contractChecks, ring, RingSpec } from "@moira/hardware/testing"

const smallest = { dies: 2, linkBytesPerSec: 1, flopsPerSec: 1, memoryBytesPerSec: 1 }
const options = {
  specs: [smallest],
  refused: [{ ...smallest, dies: 1 }],
  calibration: {
    published: [{ machine: "ring-8", quantity: "linkBytesPerSec", value: 1e12, tolerance: 0.01, source: "made up" }]
  }
}

const changed = (change: (machine: Machine, spec: RingSpec) => Machine): Backend<RingSpec> => ({
  ...ring,
  build: (spec) => Effect.map(ring.build(spec), (machine) => change(machine, spec))
})
const nodes = (edit: (node: Machine["nodes"][number]) => Machine["nodes"][number]) =>
  changed((machine) => ({ ...machine, nodes: machine.nodes.map(edit) }))
const links = (edit: (link: Machine["links"][number]) => Machine["links"][number]) =>
  changed((machine) => ({ ...machine, links: machine.links.map(edit) }))

const Lax = Schema.Struct({ ...RingSpec.fields, dies: Schema.Int })

let builds = 0
const mutants: Record<string, readonly [check: RegExp, backend: Backend<RingSpec>]> = {
  "wrong contract version": [/speaks this contract/, { ...ring, contract: "hardware/v0" as "hardware/v1" }],
  "name with capitals": [/kebab-case/, { ...ring, id: "Ring" }],
  "spec that does not survive JSON": [
    /through JSON/,
    { ...ring, machines: { "ring-8": { ...ring.machines["ring-8"]!, linkBytesPerSec: Infinity } } }
  ],
  "throws where it should fail": [
    /refuses/,
    {
      ...ring,
      Spec: Lax,
      build: (spec) => (spec.dies < 2 ? Effect.die(new Error("boom")) : ring.build(spec))
    }
  ],
  "accepts what it should refuse": [/refuses/, { ...ring, Spec: Lax }],
  "ids from one": [/numbers nodes/, nodes((node) => ({ ...node, id: node.id + 1 }))],
  "duplicate names": [/numbers nodes/, nodes((node) => ({ ...node, name: "die" }))],
  "fractional latency": [/physical/, links((link) => ({ ...link, latencyPs: 0.5 }))],
  "no bandwidth": [/physical/, links((link) => ({ ...link, bytesPerSec: 0 }))],
  "half a picosecond a task": [
    /physical/,
    nodes((node) => ({ ...node, compute: { ...node.compute!, taskOverheadPs: 0.5 } }))
  ],
  "compute without memory": [
    /physical/,
    nodes(({ id, name, kind, compute }) => ({ id, name, kind, compute: compute! }))
  ],
  "everything reserved": [
    /physical/,
    nodes((node) => ({ ...node, memory: { ...node.memory!, reservedBytes: node.memory!.capacityBytes } }))
  ],
  "route stops early": [
    /joined links/,
    changed((machine) => ({ ...machine, route: (a, b) => machine.route(a, b).slice(0, -1) }))
  ],
  "route to itself": [
    /joined links/,
    changed((machine, { dies }) => ({
      ...machine,
      route: (a, b) => (a === b ? Array.from({ length: dies }, (_, i) => (a + i) % dies) : machine.route(a, b))
    }))
  ],
  "random names": [/deterministic/, nodes((node) => ({ ...node, name: `${node.name}-${builds++}` }))],
  "ignored spec field": [
    /every number/,
    changed((machine) => ({ ...machine, links: machine.links.map((link) => ({ ...link, bytesPerSec: 1e12 })) }))
  ],
  "bits for bytes": [/published numbers/, links((link) => ({ ...link, bytesPerSec: link.bytesPerSec * 8 }))],
  "false claim": [/symmetricRoutes/, { ...ring, capabilities: { minimalRoutes: true, symmetricRoutes: true } }],
  "claim left out": [/minimalRoutes/, { ...ring, capabilities: { minimalRoutes: false, symmetricRoutes: false } }]
}

for (const [mutant, [check, backend]] of Object.entries(mutants)) {
  it.effect(`catches: ${mutant}`, () =>
    Effect.gen(function* () {
      const failed: Array<string> = []
      for (const { name, run } of contractChecks(backend, options))
        if ((yield* Effect.exit(run))._tag === "Failure") failed.push(name)
      assert.isTrue(
        failed.some((name) => check.test(name)),
        `failed were: ${failed.join("; ") || "none"}`
      )
    })
  )
}
