import { type SynthesizeOptions, type TwinLanguage, twinLanguages } from "@moira/twin"
import { resolveModel } from "@moira/core/node"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { listed } from "../command.ts"
import { synth } from "../stores/synth.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common, nameList, seed, whole } from "../flags/shared.ts"
import { reportStore } from "../terminal/stored-text.ts"

export default Command.make(
  "synth",
  {
    model: Flag.String("model").pipe(Flag.withDescription("model name or .json file")),
    requests: whole("requests", 256, 1, 10_000_000).pipe(Flag.withDescription("number of requests")),
    prefill: whole("prefill", 24, 1, 100_000).pipe(Flag.withDescription("mean prompt length in tokens")),
    decode: whole("decode", 64, 0, 100_000).pipe(Flag.withDescription("most decode tokens of a request")),
    language: nameList("language", "en,zh").pipe(
      Flag.withDescription(`languages of the prompts: ${twinLanguages.join(", ")}`)
    ),
    seed,
    out: Flag.String("out").pipe(
      Flag.withDescription("directory of the store to write; an existing store is replaced")
    ),
    ...common
  },
  Effect.fnUntraced(function* ({ model, requests, prefill, decode, language, seed: from, out, json, quiet }) {
    const options: SynthesizeOptions = {
      model: yield* resolveModel(model),
      requests,
      prefillTokens: prefill,
      decodeTokens: decode,
      // Unknown names are refused by `synthesize`, which knows the languages.
      languages: language as ReadonlyArray<TwinLanguage>,
      seed: from
    }
    const manifest = yield* withProgress(synth(options, out), quiet)
    yield* reportStore(manifest, out, json)
  })
).pipe(
  Command.withDescription("Make a synthetic twin: a trace that behaves like a model's real ones"),
  Command.withExamples([
    { command: "moira synth --model deepseek-v3 --requests 256 --out twin.moira", description: "a small DeepSeek-V3" }
  ]),
  listed(3)
)
