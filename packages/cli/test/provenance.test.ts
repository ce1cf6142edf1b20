/** Results say which plug-ins made them: Moira's own by version, others by package or path and a digest. */
import { version } from "@moira/core"
import { afterAll, assert, beforeAll, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { inScratch, moira, removeScratch } from "./moira.ts"

const network = fileURLToPath(new URL("../../../examples/11-own-network/src/index.ts", import.meta.url))
const store = inScratch("twin.moira")

beforeAll(async () => {
  const made = await moira("synth", "--model", "mixtral-8x7b", "--requests", "6", "--out", store, "--quiet")
  assert.strictEqual(made.code, 0, made.stderr)
}, 120_000)
afterAll(removeScratch)

const sha256 = createHash("sha256").update(fs.readFileSync(network)).digest("hex")

it("a simulation lists every plug-in of its strategies, and its report those of other makers", async () => {
  const args = ["--machine", "dojo", "--strategy", "base,moira", "--batch", "16", "--steps", "2"]
  const out = inScratch("out")
  const done = await moira("simulate", store, ...args, "--network", network, "--out", out, "--json", "--quiet")
  assert.strictEqual(done.code, 0, done.stderr)
  const { plugins } = JSON.parse(done.stdout)
  const own = (kind: string, name: string, of: string, contract = `${kind}/v1`) => ({
    kind,
    name,
    contract,
    package: `@moira/${of}`,
    version
  })
  assert.deepStrictEqual(plugins, [
    own("allocator", "balance", "allocation", "allocation/v1"),
    own("allocator", "even", "allocation", "allocation/v1"),
    own("hardware", "wafer", "wafer"),
    { kind: "network", name: "own-network", contract: "network/v1", path: network, sha256 },
    own("optimizer", "contiguous", "placement", "placement/v1"),
    own("residency", "fixed", "allocation"),
    own("residency", "retained", "allocation")
  ])
  const report = await moira("report", inScratch("out", "simulation.json"), "--out", inScratch("report"))
  assert.strictEqual(report.code, 0, report.stderr)
  const text = fs.readFileSync(inScratch("report", "report.md"), "utf8")
  assert.include(text, "Plug-in: network own-network")
  assert.include(text, `SHA-256 ${sha256}`)
  assert.notInclude(text, "Plug-in: allocator")
})

it("a changed helper of a plug-in is seen in the results", async () => {
  const args = ["--machine", "dojo", "--strategy", "base", "--batch", "16", "--steps", "2", "--json", "--quiet"]
  const [helper, helped] = [inScratch("helper.mjs"), inScratch("helped.mjs")]
  fs.writeFileSync(
    helped,
    `import { ps } from "./helper.mjs"; export default { contract: "network/v1", id: "helped", prepare: () => () => ps }`
  )
  const referenceWith = async (text: string) => {
    fs.writeFileSync(helper, text)
    const { stdout } = await moira("simulate", store, ...args, "--network", helped)
    return JSON.parse(stdout).plugins.find(({ kind }: { readonly kind: string }) => kind === "network")
  }
  const [before, after] = [await referenceWith("export const ps = 1e9"), await referenceWith("export const ps = 1e9 ")]
  assert.match(before.importsSha256, /^[0-9a-f]{64}$/)
  assert.match(after.importsSha256, /^[0-9a-f]{64}$/)
  assert.notStrictEqual(after.importsSha256, before.importsSha256)
  assert.deepStrictEqual({ ...after, importsSha256: "" }, { ...before, importsSha256: "" })
})

it("what a document says of its plug-ins must have their form", async () => {
  const file = inScratch("broken.json")
  // Without its digest, which would tell that somebody changed it.
  const { digest: _digest, ...unsealed } = JSON.parse(fs.readFileSync(inScratch("out", "simulation.json"), "utf8"))
  fs.writeFileSync(file, JSON.stringify({ ...unsealed, plugins: [{ kind: "network" }] }))
  const refused = await moira("report", file, "--out", inScratch("none"))
  assert.strictEqual(refused.code, 1)
  assert.match(refused.stderr, /does not have the form of moira-simulation\/1: .*plugins/s)
})
