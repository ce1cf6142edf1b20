/** A run's single choice of a kind of plug-in as an Effect service. */
import { Context, Effect, Layer } from "effect"
import type { PluginError, PluginKind } from "./plugin.ts"
import { Plugins } from "./plugins.ts"

/** A service class whose value is a plug-in of one kind. */
export interface StageClass<Self, Id extends string, A> extends Context.ServiceClass<Self, Id, A> {
  readonly kind: PluginKind<A>
  /** Provides this value; swapping a stage is swapping its layer. */
  readonly layer: (value: A) => Layer.Layer<Self>
  /** Provides the one of this name: built in, of a package, or by path. */
  readonly named: (name: string) => Layer.Layer<Self, PluginError, Plugins>
}

/** Makes the class of a stage: `class Allocator extends Stage<Allocator>()("@moira/allocation/Allocator", allocatorKind) {}`. */
export const Stage =
  <Self>() =>
  <const Id extends string, A>(id: Id, kind: PluginKind<A>): StageClass<Self, Id, A> => {
    const service = Context.Service<Self, A>()(id)
    const loaded = (name: string) =>
      Effect.gen(function* () {
        const plugins = yield* Plugins
        return (yield* plugins.load(kind, name)).plugin
      })
    return Object.assign(service, {
      kind,
      layer: (value: A) => Layer.succeed(service, value),
      named: (name: string) => Layer.effect(service, loaded(name))
    })
  }
