/** The synthetic twin of a model: requests whose selections behave like those measured on real traces. */
import { choosableIds, type Model } from "@moira/core"
import type { Origin, TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import { TwinError } from "./error.ts"
import { requestLatent } from "./latents.ts"
import { type TwinParameters, twinParameters } from "./parameters.ts"
import { layerRoutes } from "./engines/index.ts"
import { routeRequest } from "./route.ts"
import { makeRouter } from "./router.ts"
import { makeChooser } from "./select.ts"
import { requestLengths, type TwinLanguage, twinLanguages, twinSlots } from "./workload.ts"

export interface TwinOptions {
  readonly model: Model
  /** Mean length of a prompt, in tokens. */
  readonly prefillTokens: number
  /** Limit of decode tokens of a request; most reach it. */
  readonly decodeTokens: number
  readonly seed: number
  readonly languages: ReadonlyArray<TwinLanguage>
}

export interface SynthesizeOptions extends TwinOptions {
  readonly requests: number
}

/** A twin: `request(i)` depends on the options and `i` alone, so any request can be made without the others. */
export interface Twin {
  readonly model: Model
  readonly request: (index: number) => TraceRequest
}

/** What a fit changes: other strengths than the model's own, and only some of the MoE layers, by index. */
export interface TwinStudy {
  readonly parameters?: TwinParameters
  readonly layerIndices?: ReadonlyArray<number>
}

/** A twin from options that are known to be good; `synthesize` checks them. */
export const makeTwin = (options: TwinOptions, study: TwinStudy = {}): Twin => {
  const { model, seed } = options
  // Zero experts are chosen like others: to a router they are experts.
  const chosenFrom: Model = { ...model, experts: choosableIds(model), zeroExperts: 0 }
  const parameters = study.parameters ?? twinParameters(chosenFrom)
  const router = makeRouter(chosenFrom, parameters, seed, study.layerIndices)
  const chooser = makeChooser(chosenFrom)
  const routed = { router, routes: layerRoutes(router, chooser, parameters.cluster), topK: chooser.topK, parameters }
  const slots = twinSlots(options.languages)
  return {
    model,
    request: (index) => {
      const { benchmark, subject, language, topic } = slots[index % slots.length]!
      const lengths = requestLengths(seed, index, options)
      const latent = requestLatent(parameters, seed, { index, language, topic })
      const ids = routeRequest(routed, seed, index, latent, lengths)
      const source = `synthetic:${model.id}/${seed}/${index}`
      return { benchmark, subject, language, source, ...lengths, ids }
    }
  }
}

const checkOptions = Effect.fnUntraced(function* (options: SynthesizeOptions): Effect.fn.Return<void, TwinError> {
  const bad = (where: string, what: string, hint: string) => new TwinError({ reason: "BadOption", where, what, hint })
  const ranges = [
    ["requests", 1, 0xffff_ffff],
    ["prefillTokens", 1, 1_000_000],
    ["decodeTokens", 0, 1_000_000],
    ["seed", 0, 0xffff_ffff]
  ] as const
  for (const [name, least, most] of ranges) {
    const value = options[name]
    if (!(Number.isInteger(value) && value >= least && value <= most))
      return yield* bad(name, `${value} is not a whole number from ${least} to ${most}`, `choose ${name} in that range`)
  }
  const language = options.languages.find((wanted) => !twinLanguages.includes(wanted))
  if (options.languages.length === 0 || language !== undefined)
    return yield* bad(
      "languages",
      language === undefined ? "no language is chosen" : `no requests in ${language}`,
      `choose from ${twinLanguages.join(", ")}`
    )
  const { experts, topK, routing } = options.model
  const reachable = routing === undefined ? experts : (experts / routing.groups) * routing.groupsPerToken
  if (reachable < topK)
    return yield* bad(
      "model",
      `${routing?.groupsPerToken} groups hold ${reachable} experts, fewer than top-${topK}`,
      "open more groups"
    )
})

export interface Synthesized {
  readonly model: Model
  readonly origin: Origin
  readonly requests: Stream.Stream<TraceRequest>
}

/** Checks the options and gives the twin's requests in order, one at a time, with the record of how they were made. */
export const synthesize = Effect.fn("ingest.synthesize")(function* (
  options: SynthesizeOptions
): Effect.fn.Return<Synthesized, TwinError> {
  yield* checkOptions(options)
  const { model, requests, prefillTokens, decodeTokens, seed } = options
  const languages = twinLanguages.filter((language) => options.languages.includes(language))
  const one = (twin: Twin) => (index: number) =>
    Effect.andThen(
      Effect.yieldNow,
      Effect.sync(() => twin.request(index))
    )
  return {
    model,
    origin: {
      format: "synthetic",
      options: { model: model.id, requests, prefillTokens, decodeTokens, seed, languages }
    },
    requests: Stream.suspend(() =>
      Stream.range(0, requests - 1).pipe(Stream.rechunk(1), Stream.mapEffect(one(makeTwin(options))))
    )
  }
})
