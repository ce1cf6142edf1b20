/** What the requests of a twin are about, and how long they are. */
import { random, substream } from "@moira/core"

export type TwinLanguage = "en" | "zh"
export const twinLanguages: ReadonlyArray<TwinLanguage> = ["en", "zh"]

export interface Slot {
  readonly benchmark: string
  readonly subject: string
  readonly language: TwinLanguage
  /** What the request is about: an MMLU subject is the same in both languages. */
  readonly topic: string
}

/** Some of the 57 MMLU subjects, of different fields. */
const subjects = [
  "abstract_algebra",
  "anatomy",
  "astronomy",
  "business_ethics",
  "college_computer_science",
  "philosophy"
]

const slot = (language: TwinLanguage, benchmark: string, subject: string, topic = subject): Slot => ({
  benchmark,
  subject,
  language,
  topic
})

const allSlots: ReadonlyArray<Slot> = [
  ...subjects.map((subject) => slot("en", "mmlu", subject)),
  ...subjects.map((subject) => slot("zh", "mmlu_ZH_CN", subject)),
  slot("zh", "Chinese-SimpleQA", "default", "general knowledge"),
  slot("en", "livecodebench", "default", "programming")
]

/**
 * Benchmarks and subjects in the study's fill order, those of the wanted languages. Requests take them in turn,
 * so request `i` is the same in a short twin and in a long one.
 */
export const twinSlots = (languages: ReadonlyArray<TwinLanguage>): ReadonlyArray<Slot> =>
  allSlots.filter(({ language }) => languages.some((wanted) => wanted === language))

/** Deviation of the log of a prompt's length; 0.74 in 235 real MMLU requests, whose prompts are of one kind. */
const promptSpread = 0.6
/** Share of requests that run into the limit of decode tokens; 97 % of the same requests, the shortest at 41 %. */
const reachesLimit = 0.97
const shortestShare = 0.4

export interface Lengths {
  readonly prefillTokens: number
  readonly decodeTokens: number
}

/** Tokens of request `index`: prompts log-normal with the given mean, from one token to 4 means; decode mostly at its limit. */
export const requestLengths = (seed: number, index: number, mean: Lengths): Lengths => {
  const { normal, uniform } = random(substream(seed, "request", index, "lengths"))
  const drawn = mean.prefillTokens * Math.exp(promptSpread * normal() - promptSpread ** 2 / 2)
  const share = uniform() < reachesLimit ? 1 : shortestShare + (1 - shortestShare) * uniform()
  return {
    prefillTokens: Math.max(1, Math.min(Math.round(drawn), 4 * mean.prefillTokens)),
    decodeTokens: Math.ceil(mean.decodeTokens * share)
  }
}
