import { accumulatorConformance } from "@moira/trace/testing"
import { optimizerConformance } from "@moira/placement/testing"
import { fabricOf } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { Effect } from "effect"
import { assert, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import mine from "../src/mine.ts"
import myOptimizer from "../src/my-optimizer.ts"

accumulatorConformance("my-repeats", (context) =>
  mine.accumulator(context, { split: { seed: 1, heldOutShare: 0.5 }, seed: 1 })
)
for (const dies of [2, 5]) {
  const spec = { dies, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
  optimizerConformance(myOptimizer, fabricOf(Effect.runSync(ring.build(spec))))
}

it("one pipeline analyses, simulates and reports, with an analysis and an optimizer of its own", () => {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "moira-compose-"))
  const main = path.resolve(import.meta.dirname, "../src/main.ts")
  try {
    execFileSync(process.execPath, ["--conditions=@moira/source", main], { cwd, stdio: "pipe" })
    const report = fs.readFileSync(path.join(cwd, "report.html"), "utf8")
    for (const told of ["Temporal patterns", "Repeated experts", "my-optimizer", "dojo", "balance", "retained"])
      assert.include(report, told)
  } finally {
    fs.rmSync(cwd, { recursive: true, force: true })
  }
})
