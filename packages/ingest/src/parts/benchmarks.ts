/** The benchmarks that the study's requests come from. */

/** Order in which the study (arXiv 2510.05497) fills a batch. */
const fillOrder: ReadonlyArray<string> = ["mmlu", "mmlu_ZH_CN", "Chinese-SimpleQA", "livecodebench"]

const languages: Readonly<Record<string, string>> = {
  mmlu: "en",
  mmlu_ZH_CN: "zh",
  "Chinese-SimpleQA": "zh",
  livecodebench: "en",
  hellaswag: "en",
  HuggingFaceH4: "en",
  aime_2024: "en"
}

/** ISO 639-1 code of a benchmark's prompts, `und` when it is not one of the study's. */
export const benchmarkLanguage = (benchmark: string): string =>
  Object.hasOwn(languages, benchmark) ? languages[benchmark]! : "und"

/** Place of a benchmark in the fill order; all others come after, by name. */
export const fillRank = (benchmark: string): number => {
  const at = fillOrder.indexOf(benchmark)
  return at < 0 ? fillOrder.length : at
}
