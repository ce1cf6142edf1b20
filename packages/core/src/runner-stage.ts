/** A run's runner as an Effect service: unlike other plug-ins it has a lifetime, and a number of workers. */
import { Context, Effect, Layer } from "effect"
import { startRunner } from "./checked-runner.ts"
import type { PluginError } from "./plugin.ts"
import type { PluginFault } from "./plugin-fault.ts"
import { loadPlugin, type Plugins } from "./plugins.ts"
import { type RunnerError, runnerKind, type RunnerPlugin, type WorkRunner } from "./runner.ts"

/** The runner at work. */
export class Runner extends Context.Service<Runner, WorkRunner>()("@moira/core/Runner") {
  static readonly kind = runnerKind

  /** Provides this runner with up to so many workers; it ends with the layer. */
  static started(plugin: RunnerPlugin, workers: number): Layer.Layer<Runner, RunnerError | PluginFault> {
    return Layer.effect(Runner, startRunner(plugin, workers))
  }

  /** Provides the runner of this name with up to so many workers: built in, of a package, or by path. */
  static named(name: string, workers: number): Layer.Layer<Runner, PluginError | RunnerError | PluginFault, Plugins> {
    const loaded = loadPlugin(runnerKind, name)
    return Layer.effect(
      Runner,
      Effect.flatMap(loaded, ({ plugin }) => startRunner(plugin, workers))
    )
  }
}
