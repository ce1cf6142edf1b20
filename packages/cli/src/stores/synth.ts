/** `moira synth`: a synthetic twin as a store. */
import { writeStore } from "@moira/trace/node"
import { synthesize, type SynthesizeOptions } from "@moira/twin"
import { Effect } from "effect"

/** Writes a synthetic twin of a model to a store. */
export const synth = Effect.fn("cli.synth")(function* (options: SynthesizeOptions, out: string) {
  const { origin, requests } = yield* synthesize(options)
  return yield* writeStore({ directory: out, model: options.model, origin, expected: options.requests }, requests)
})
