// Writes docs/reference/metrics.md from the metric table; with --check only says whether the page is current.
import { readFileSync, writeFileSync } from "node:fs"
import { metrics } from "../packages/results/src/metrics/index.ts"

const page = "docs/reference/metrics.md"
const rows = [...metrics.values()].map(
  ({ id, unit, better, definition }) => `| \`${id}\` | ${unit} | ${better} | ${definition} |`
)
const text = `# Metrics

Made from \`packages/results/src/metrics/\` by \`node scripts/write-metrics.mjs\`; documents, reports and \`--json\` use these ids.

| id | unit | better | definition |
| --- | --- | --- | --- |
${rows.join("\n")}
`
if (!process.argv.includes("--check")) writeFileSync(page, text)
else if (readFileSync(page, "utf8") !== text) {
  console.error(`${page} is out of date: run node scripts/write-metrics.mjs`)
  process.exit(1)
}
