/** A backend that builds what is no machine is told in one line that names it and the part, before anything runs on it. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { load, loadMachine, resizedSpec } from "../src/backend.ts"
import { InvalidSpec } from "../src/invalid-spec.ts"
import type { Machine, Node } from "../src/machine.ts"
import { ring } from "../src/testing/ring.ts"

const spec = ring.machines["ring-8"]!
const built = (build: (machine: Machine) => unknown) =>
  load({ ...ring, build: (of) => Effect.map(ring.build(of), build) as Effect.Effect<Machine> }, spec)

/** The machine with its first node changed. */
const node = (change: object) => (machine: Machine) => ({
  ...machine,
  nodes: machine.nodes.map((one, i) => (i === 0 ? { ...one, ...change } : one))
})
const memory = { capacityBytes: 96e9, reservedBytes: 0, bytesPerSec: 1e12, latencyPs: 0 }

const wrong: ReadonlyArray<readonly [string, (machine: Machine) => unknown, RegExp]> = [
  ["nothing", () => undefined, /builds undefined, not a machine/],
  ["a promise", () => Promise.resolve(), /builds a machine whose nodes are undefined/],
  ["no links", (m) => ({ ...m, links: undefined }), /whose links are undefined/],
  ["a hole in the nodes", (m) => ({ ...m, nodes: [null, ...m.nodes] }), /whose nodes are an object \(Array\)/],
  ["no route", (m) => ({ ...m, route: undefined }), /whose route is undefined/],
  ["a route of nothing", (m) => ({ ...m, route: () => undefined }), /gives undefined for a route/],
  ["a route that throws", (m) => ({ ...m, route: () => assert.fail("lost") }), /throws AssertionError: lost/],
  ["NaN commands", (m) => ({ ...m, commandBytes: NaN }), /with commandBytes NaN/],
  ["negative commands", (m) => ({ ...m, commandBytes: -16 }), /with commandBytes -16/],
  [
    "a controller of NaN",
    (m) => ({ ...m, controllers: { a: { basePs: NaN, cyclePs: 1 } } }),
    /controller a with basePs NaN/
  ],
  ["energy that is a number", (m) => ({ ...m, energy: 5 }), /energy is no price list/],
  ["elements of NaN bytes", (m) => ({ ...m, dispatchBytesPerElement: () => NaN }), /sends NaN bytes an element/],
  ["elements of no bytes", (m) => ({ ...m, dispatchBytesPerElement: () => 0 }), /sends 0 bytes an element/],
  ["more than its peak", node({ compute: { flopsPerSec: 1e15, efficiency: 7 } }), /efficiency 7, more than its peak/],
  [
    "tasks that take less than no time",
    node({ compute: { flopsPerSec: 1e15, efficiency: 1, taskOverheadPs: -5 } }),
    /compute\.taskOverheadPs -5/
  ],
  ["memory that is more than there", node({ memory: { ...memory, reservedBytes: -1e15 } }), /reservedBytes -10+/],
  ["a cache of NaN", node({ llc: { bytes: NaN, hitPs: 0, missPs: 0 } }), /an llc of bytes NaN/],
  ["a server that is none", node({ server: 1e9 }), /in server 1000000000/]
]
it.effect.each(wrong)("%s", ([, build, line]) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(built(build))
    assert.instanceOf(error, InvalidSpec)
    assert.strictEqual(error.reason, "WrongBackend")
    assert.match(
      error.message,
      /^hardware backend ring, build: .*; hint: the hardware backend is wrong: run it through conformance/
    )
    assert.match(error.message, line)
    assert.notInclude(error.message, "\n")
  })
)

const answers: ReadonlyArray<readonly [string, () => unknown, RegExp]> = [
  ["throws", () => assert.fail("no silicon"), /throws AssertionError: no silicon/],
  ["gives a machine and no effect", () => ({ nodes: [] }), /gives an object \(Object\), not an effect/],
  ["fails with what is no refusal", () => Effect.fail("no"), /throws "no"/],
  ["dies", () => Effect.die(new Error("no")), /throws Error: no/]
]
it.effect.each(answers)("a build that %s", ([, build, line]) =>
  Effect.gen(function* () {
    const odd = { ...ring, build: build as typeof ring.build, resize: build as NonNullable<typeof ring.resize> }
    assert.match((yield* Effect.flip(load(odd, spec))).message, line)
    assert.match((yield* Effect.flip(resizedSpec(odd, spec, 4)!)).message, line)
  })
)

it.effect("a machine of its own that is no spec", () =>
  Effect.gen(function* () {
    const odd = { ...ring, machines: { odd: { ...spec, dies: "many" as never } } }
    const { message } = yield* Effect.flip(loadMachine(odd, "odd"))
    assert.match(message, /^hardware backend ring, its spec: throws SchemaError/)
    assert.notInclude(message, "\n")
  })
)

it.effect("a refusal stays as it is, and a machine that is built can no longer be written to", () =>
  Effect.gen(function* () {
    const refusal = new InvalidSpec({ reason: "NotBuildable", where: "here", what: "no", hint: "another" })
    assert.strictEqual(yield* Effect.flip(load({ ...ring, build: () => Effect.fail(refusal) }, spec)), refusal)
    const { machine } = yield* load(ring, spec)
    assert.throws(() => void (machine.nodes as Array<Node>).pop(), TypeError)
    assert.throws(() => void Object.assign(machine.nodes[0]!.memory!, { bytesPerSec: 1 }), TypeError)
  })
)
