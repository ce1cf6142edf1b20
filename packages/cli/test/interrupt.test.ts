import { afterAll, assert, it } from "vitest"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { inScratch, moira, moiraCommand, removeScratch, scratch } from "./moira.ts"

afterAll(removeScratch)

it("an interrupt keeps the old store to the byte, leaves nothing behind and exits 130", async () => {
  const out = inScratch("twin.moira")
  const small = await moira("synth", "--model", "deepseek-v2-lite", "--requests", "4", "--out", out)
  assert.strictEqual(small.code, 0, small.stderr)
  const before = fs.readFileSync(inScratch("twin.moira", "selections.parquet"))
  const [command, args] = moiraCommand(["synth", "--model", "deepseek-v3", "--requests", "100000", "--out", out])
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] })
  let stderr = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  const begun = () => fs.readdirSync(scratch).some((name) => name.endsWith(".tmp"))
  while (!begun()) await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill("SIGINT")
  const code = await new Promise((resolve) => child.on("close", resolve))
  assert.strictEqual(code, 130)
  assert.match(stderr, /moira: interrupted; nothing was left half-written\n$/)
  assert.deepStrictEqual(fs.readdirSync(scratch), ["twin.moira"])
  assert.isTrue(before.equals(fs.readFileSync(inScratch("twin.moira", "selections.parquet"))))
})
