/**
 * What a backend must give to describe a machine.
 *
 * A backend is data plus one function: it turns a spec into nodes and links, and the machine says which links a
 * message crosses. Time, contention, queues and memory limits belong to the shared engine, so a backend stays small.
 */
import { Effect, Predicate, Schema } from "effect"
import { pluginKind, type PluginReference, referenceOf } from "@moira/core"
import { askedOf, builtMachine } from "./checked-build.ts"
import { type Engine, sharedEngine } from "./engine.ts"
import { InvalidSpec } from "./invalid-spec.ts"
import type { Fabric, Machine } from "./machine.ts"
import type { NetworkModel, Watch } from "./network.ts"

/** Version of this contract; the simulator refuses a backend of another. */
export const backendContract = "hardware/v1"

/** What the test kit may expect beyond the base contract. A claim must hold, and what is `false` must fail on some spec. */
export interface Capabilities {
  /** Every route has the fewest hops possible. */
  readonly minimalRoutes: boolean
  /** A route and its way back cross the same nodes. */
  readonly symmetricRoutes: boolean
  /** A route and its way back have the same latency. Not checked when left out, as the next. */
  readonly symmetricLatency?: boolean
  /** No packets can wait for each other in a circle, with finite buffers and one virtual channel: `dependencyCycle`. */
  readonly deadlockFree?: boolean
}

export interface Backend<S, I = unknown> {
  readonly contract: typeof backendContract
  readonly id: string
  readonly Spec: Schema.Codec<S, I>
  /** Machines that this backend knows by name; at least one, the first is the default. */
  readonly machines: Readonly<Record<string, S>>
  readonly capabilities: Capabilities
  readonly build: (spec: S) => Effect.Effect<Machine, InvalidSpec>
  /** The spec with so many compute units in all; left out where a machine has the units that it has. */
  readonly resize?: (spec: S, units: number) => Effect.Effect<S, InvalidSpec>
  /** Only for a machine whose layer step is not "fetch weights, compute, send tokens, all overlapped". */
  readonly engine?: (fabric: Fabric, network: NetworkModel, watch?: Watch) => Engine
}

/** A machine ready to simulate, with what is needed to build it again. */
export interface BuiltHardware {
  readonly backend: string
  /** The backend itself, for who has to name it. */
  readonly plugin?: { readonly id: string }
  /** The backend as results name it. */
  readonly reference: PluginReference
  readonly machineName: string
  /** The spec as JSON. */
  readonly spec: Schema.Json
  readonly machine: Machine
  readonly engine: (fabric: Fabric, network: NetworkModel, watch?: Watch) => Engine
}

/** A spec as plain data; fails for one that is no spec of the backend, such as a machine of its own that it writes wrongly. */
export const plainSpec = <S, I>(backend: Backend<S, I>, spec: S): Effect.Effect<I, InvalidSpec> =>
  askedOf(backend, "its spec", () => Schema.encodeEffect(backend.Spec)(spec).pipe(Effect.orDie))

/** The spec of a backend with so many units; undefined where its machines have the units that they have. */
export const resizedSpec = <S, I>(
  backend: Backend<S, I>,
  spec: S,
  units: number
): Effect.Effect<S, InvalidSpec> | undefined => {
  const { resize } = backend
  return resize === undefined ? undefined : askedOf(backend, "resize", () => resize(spec, units))
}

/** Builds a machine from unchecked input, such as a parsed file. */
export const load = Effect.fn("hardware.load")(function* <S, I>(
  backend: Backend<S, I>,
  input: unknown,
  machineName = "custom"
) {
  const decoded = Schema.decodeUnknownEffect(backend.Spec)(input, { errors: "all", onExcessProperty: "error" })
  const spec = yield* decoded.pipe(
    Effect.mapError(
      (cause) =>
        new InvalidSpec({
          reason: "Malformed",
          where: `${backend.id} spec`,
          what: cause.message.replaceAll(/\s*\n\s*/g, " "),
          hint: `start from one of its machines: ${Object.keys(backend.machines).join(", ")}`,
          cause
        })
    )
  )
  const machine = yield* builtMachine(backend, spec)
  return {
    backend: backend.id,
    plugin: backend,
    reference: referenceOf(backendKind, backend),
    machineName,
    spec: (yield* plainSpec(backend, spec)) as Schema.Json,
    machine,
    engine: backend.engine ?? sharedEngine
  } satisfies BuiltHardware
})

/** Builds a machine of the backend by its name. */
export const loadMachine = Effect.fn("hardware.loadMachine")(function* <S, I>(backend: Backend<S, I>, name: string) {
  const spec = backend.machines[name]
  if (spec === undefined || !Object.hasOwn(backend.machines, name)) {
    return yield* new InvalidSpec({
      reason: "UnknownMachine",
      where: name,
      what: `unknown machine of backend ${backend.id}`,
      hint: `known are ${Object.keys(backend.machines).join(", ")}`
    })
  }
  return yield* load(backend, yield* plainSpec(backend, spec), name)
})

/** How backends are found by name, package or path: all come from packages, which say so in their package.json. */
export const backendKind = pluginKind<Backend<any>>({
  name: "hardware",
  title: "hardware backend",
  contract: backendContract,
  is: (value): value is Backend<any> =>
    Predicate.hasProperty(value, "contract") &&
    value.contract === backendContract &&
    Predicate.hasProperty(value, "Spec") &&
    Schema.isSchema(value.Spec),
  form: {
    id: "id",
    machines: "object",
    capabilities: "object",
    build: "function",
    "resize?": "function",
    "engine?": "function"
  }
})
