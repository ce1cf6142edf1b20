/** What a store of traces holds, for people. */
import { formatCount } from "@moira/core"
import type { Manifest } from "@moira/trace"
import { table } from "./table.ts"

export const infoText = ({ model, layers, counts, groups, origin, contentSha256 }: Manifest): string => {
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["model", `${model.title} (${model.id})`],
    ["MoE layers", `${layers.length}: ${layers[0]} to ${layers.at(-1)}`],
    ["experts", `${model.experts}, top-${model.topK}`],
    ["requests", formatCount(counts.requests)],
    ["tokens", `${formatCount(counts.prefillTokens)} prefill, ${formatCount(counts.decodeTokens)} decode`],
    ...(counts.missingIds > 0 ? [["missing ids", formatCount(counts.missingIds)] as const] : []),
    ["origin", origin.format],
    ["content", `sha256:${contentSha256}`]
  ]
  const rows = groups.map((group) => [group.benchmark, group.subject, group.language, formatCount(group.requests)])
  const lines = facts.map(([name, value]) => `${name.padEnd(12)} ${value}`)
  return [...lines, "", table(["benchmark", "subject", "language", "requests"], rows)].join("\n")
}
