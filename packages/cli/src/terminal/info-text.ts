/** What a store of traces holds, for people. */
import { formatCount } from "@moira/core"
import { type Manifest, type OverviewLoad, type ZeroChoices, zeroChoices } from "@moira/trace"
import { remarkLines } from "./remark-lines.ts"
import { table } from "./table.ts"

/** What not every trace has: lines only where there is something to tell. */
const partsOfTokens = (counts: Manifest["counts"]): ReadonlyArray<readonly [string, string]> => {
  const { unrecordedPrefillTokens, unrecordedDecodeTokens, prefillTokens, decodeTokens } = counts
  const told = (name: string, value: string, isThere: boolean) => (isThere ? [[name, value] as const] : [])
  const of = (part: number, all: number) => `${formatCount(part)} of ${formatCount(all)}`
  return [
    told(
      "apart",
      `${formatCount(counts.independentUnits)} independent ${counts.independentUnits === 1 ? "unit" : "units"}`,
      counts.independentUnits < counts.requests
    ),
    told("repeated", `${formatCount(counts.repeatedTokens)} tokens, counted once`, counts.repeatedTokens > 0),
    told("cached", `${formatCount(counts.cachedTokens)} prompt tokens`, counts.cachedTokens > 0),
    told("rejected", `${formatCount(counts.rejectedTokens)} drafted tokens`, counts.rejectedTokens > 0),
    told(
      "unrecorded",
      `${of(unrecordedPrefillTokens, prefillTokens)} prefill tokens, ${of(unrecordedDecodeTokens, decodeTokens)} decode tokens`,
      unrecordedPrefillTokens + unrecordedDecodeTokens > 0
    ),
    told("missing ids", formatCount(counts.missingIds), counts.missingIds > 0)
  ].flat()
}

/** Which layers route: a range, or each where they lie unevenly. */
const placesOf = (layers: ReadonlyArray<number>): string => {
  const even = layers.every((layer, i) => i < 2 || layer === layers[i - 1]! + layers[1]! - layers[0]!)
  return even ? `${layers[0]} to ${layers.at(-1)}` : layers.join(" ")
}

/** Choices that cost nothing, where a model has them. */
const zeroLine = (zero: ZeroChoices | undefined): ReadonlyArray<readonly [string, string]> =>
  zero === undefined
    ? []
    : [
        [
          "zero choices",
          `${(100 * zero.share).toFixed(2)} % of selections; a token uses ${zero.expertsPerToken.toFixed(3)} experts on average`
        ]
      ]

export const infoText = (manifest: Manifest): string => {
  const { model, layers, counts, groups, origin, contentSha256 } = manifest
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["model", `${model.title} (${model.id})`],
    ["MoE layers", `${layers.length}: ${placesOf(layers)}`],
    [
      "experts",
      `${model.experts}${model.zeroExperts === undefined ? "" : ` and ${model.zeroExperts} zero experts`}, top-${model.topK}`
    ],
    ...zeroLine(zeroChoices(manifest)),
    ["requests", formatCount(counts.requests)],
    ["tokens", `${formatCount(counts.prefillTokens)} prefill, ${formatCount(counts.decodeTokens)} decode`],
    ...partsOfTokens(counts),
    ["origin", origin.format],
    ["content", `sha256:${contentSha256}`]
  ]
  const rows = groups.map((group) => [group.benchmark, group.subject, group.language, formatCount(group.requests)])
  const lines = facts.map(([name, value]) => `${name.padEnd(12)} ${value}`)
  const remarks = remarkLines(manifest)
  const told = remarks.length === 0 ? [] : ["", ...remarks]
  return [...lines, ...told, "", table(["benchmark", "subject", "language", "requests"], rows)].join("\n")
}

/** How uneven choices are, by task and phase; phases without any have no row. */
export const loadsText = (loads: ReadonlyArray<OverviewLoad>): string =>
  table(
    ["task", "phase", "selections", "hottest expert / mean", "over layers"],
    loads
      .filter(({ selections }) => selections > 0)
      .map(({ task, phase, selections, hottest }) => [
        task === "" ? "all together" : task,
        phase,
        formatCount(selections),
        hottest.mean.toFixed(2),
        `${hottest.least.toFixed(2)} to ${hottest.greatest.toFixed(2)}`
      ])
  )
