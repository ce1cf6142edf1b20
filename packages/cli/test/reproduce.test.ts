/** `moira reproduce` on small twins: pages, repeatable numbers, twins that are kept. */
import { assert, it } from "@effect/vitest"
import { relativeError, ReproductionDocument } from "@moira/reproduce"
import { Schema } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { moira } from "./moira.ts"

const args = [
  "reproduce",
  "fig4",
  "fig7",
  "fig9",
  "--model",
  "qwen3-30b",
  "--requests",
  "12",
  "--decode",
  "6",
  "--json"
]

it("compares with what was published, writes pages, and gives the same numbers again from kept twins", async () => {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), "moira-reproduce-"))
  try {
    const first = await moira(...args, "--out", out)
    assert.strictEqual(first.code, 0, first.stderr)
    const document = Schema.decodeUnknownSync(ReproductionDocument)(JSON.parse(first.stdout))
    assert.deepStrictEqual(
      document.experiments.map(({ id }) => id),
      ["fig4", "fig7", "fig9"]
    )
    const overlap = document.experiments[1]!.rows[0]!
    assert.deepStrictEqual(overlap.published, { value: 0.6 })
    assert.isTrue(overlap.twin !== null && overlap.twin > 0 && overlap.twin <= 1)
    assert.isNull(overlap.real)
    // A model that the study does not have gets no published coverage.
    assert.isNull(document.experiments[0]!.rows[0]!.published)
    const page = fs.readFileSync(path.join(out, "fig4.md"), "utf8")
    for (const [, figure] of page.matchAll(/\]\((figures\/[^)]+)\)/g))
      assert.isTrue(fs.existsSync(path.join(out, figure!)))
    assert.include(page, "| Qwen3-30B")
    const twins = fs.statSync(path.join(out, "twins", fs.readdirSync(path.join(out, "twins"))[0]!, "manifest.json"))
    const second = await moira(...args, "--out", out)
    assert.strictEqual(second.stdout, first.stdout)
    const after = fs.statSync(path.join(out, "twins", fs.readdirSync(path.join(out, "twins"))[0]!, "manifest.json"))
    assert.strictEqual(after.mtimeMs, twins.mtimeMs, "the twin was made again")
  } finally {
    fs.rmSync(out, { recursive: true, force: true })
  }
}, 120_000)

it("refuses an experiment that nobody knows, and names those there are", async () => {
  const { code, stderr } = await moira("reproduce", "fig99", "--out", "nowhere")
  assert.strictEqual(code, 1)
  assert.match(stderr, /fig99.*fig4/s)
})

it("an error is relative, and none inside what was published", () => {
  assert.approximately(relativeError(0.55, { value: 0.5 })!, 0.1, 1e-12)
  assert.strictEqual(relativeError(30, { from: 20, to: 40 }), 0)
  assert.strictEqual(relativeError(50, { from: 20, to: 40 }), 0.25)
  assert.strictEqual(relativeError(17, { atLeast: 16 }), 0)
  assert.strictEqual(relativeError(8, { atLeast: 16 }), -0.5)
  assert.isNull(relativeError(null, { value: 1 }))
  assert.isNull(relativeError(1, null))
})

const measured = new URL("../../../../shared/data/hardware", import.meta.url)

/** Every file below a folder but the twins, by name. */
const filesOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    fs
      .readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith("twins") && fs.statSync(path.join(folder, name)).isFile())
      .toSorted()
      .map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")])
  )

const inFolder = async (use: (out: string) => Promise<void>): Promise<void> => {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), "moira-reproduce-"))
  try {
    await use(out)
  } finally {
    fs.rmSync(out, { recursive: true, force: true })
  }
}

const documentOf = (text: string) => Schema.decodeUnknownSync(ReproductionDocument)(JSON.parse(text))

it(
  "tables I and II need no trace, agree with the study, and say where its own total does not",
  () =>
    inFolder(async (out) => {
      const { code, stdout, stderr } = await moira("reproduce", "table1", "table2", "--json", "--html", "--out", out)
      assert.strictEqual(code, 0, stderr)
      assert.isFalse(fs.existsSync(path.join(out, "twins")), "a twin was made for nothing")
      const [machines, units] = documentOf(stdout).experiments
      const off = machines!.rows.filter(({ ours, published }) => relativeError(ours!, published) !== 0)
      assert.deepStrictEqual([...new Set(off.map(({ what }) => what))], ["LLC write, ns"])
      const total = units!.rows.find(({ what }) => what.startsWith("area, mm2"))!
      assert.approximately(relativeError(total.ours!, total.published)!, 0.409, 0.001)
      const page = fs.readFileSync(path.join(out, "table2.md"), "utf8")
      assert.include(page, "| model | what | published | tolerance | ours | error |")
      assert.match(page, /adds up to 8\.63 mm2, not to the printed 6\.13/)
      assert.include(fs.readFileSync(path.join(out, "table1.html"), "utf8"), "<h1>Table I: the machines</h1>")
      assert.isFalse(fs.existsSync(path.join(out, "README.md")), "one experiment is no index")
    }),
  60_000
)

it(
  "figure 13 says not measured without tables, and names a broken one",
  () =>
    inFolder(async (out) => {
      const tables = path.join(out, "tables")
      fs.mkdirSync(tables)
      const run = () => moira("reproduce", "fig13", "--hardware", tables, "--json", "--out", out)
      const bare = await run()
      assert.strictEqual(bare.code, 0, bare.stderr)
      const { rows } = documentOf(bare.stdout).experiments[0]!
      assert.isAbove(rows.length, 20)
      for (const { ours, why } of rows) {
        assert.isNull(ours)
        assert.match(why!, /there is no table \w+\.csv/)
      }
      assert.match(
        fs.readFileSync(path.join(out, "fig13.md"), "utf8"),
        /Not measured \(18 rows\): there is no table gemm_h100/
      )
      fs.writeFileSync(path.join(tables, "gemm_h100.csv"), "dtype,m,n,k,latency_us\nfp8,1,2,3,fast\n")
      const broken = await run()
      assert.strictEqual(broken.code, 1)
      assert.match(broken.stderr, /gemm_h100\.csv, column latency_us: fast is not above 0.*hint/)
      const nowhere = await moira("reproduce", "fig13", "--hardware", path.join(out, "nowhere"), "--out", out)
      assert.strictEqual(nowhere.code, 1)
      assert.match(nowhere.stderr, /--hardware .*nowhere: no such folder/)
    }),
  60_000
)

it(
  "figure 13 on the measured tables keeps to the project's targets for layers, and draws its figures",
  () =>
    inFolder(async (out) => {
      if (!fs.existsSync(measured)) return console.warn("skipped: no measured tables beside the repository")
      const { code, stdout, stderr } = await moira(
        "reproduce",
        "fig13",
        "--hardware",
        fileURLToPath(measured),
        "--json",
        "--out",
        out
      )
      assert.strictEqual(code, 0, stderr)
      const { rows } = documentOf(stdout).experiments[0]!
      const layers = rows.filter(({ what }) => what.startsWith("one MoE layer"))
      assert.strictEqual(layers.length, 6)
      for (const { what, ours } of layers) assert.isAtMost(ours!, Number(/at most (\d+) %/.exec(what)![1]), what)
      const llama = rows.find(
        ({ model, what }) => model.startsWith("Llama") && what.endsWith("median error over batch sizes")
      )
      assert.isAtMost(llama!.ours!, 5)
      assert.deepStrictEqual(fs.readdirSync(path.join(out, "figures")), [
        "fig13-experts.svg",
        "fig13-layers.svg",
        "fig13-transfers.svg"
      ])
    }),
  60_000
)

it(
  "all experiments: an index that counts what agrees and links every page, and the same bytes again",
  () =>
    inFolder(async (out) => {
      const tiny = ["--model", "deepseek-v2-lite", "--requests", "8", "--prefill", "6", "--decode", "4", "--steps", "1"]
      const run = () =>
        moira(
          "reproduce",
          "all",
          ...tiny,
          "--network",
          "bottleneck",
          "--out",
          out,
          "--hardware",
          path.join(out),
          "-q",
          "--json"
        )
      const first = await run()
      assert.strictEqual(first.code, 0, first.stderr)
      assert.match(first.stderr, /took \d+ s/)
      const before = filesOf(out)
      const index = before.get("README.md")!
      const { experiments } = documentOf(first.stdout)
      for (const { id, title } of experiments) {
        assert.include(index, `[${title}](${id}.md)`)
        assert.isTrue(before.has(`${id}.md`))
      }
      assert.deepStrictEqual(
        experiments.map(({ id }) => id).filter((id) => /13|table|sens/.test(id)),
        ["fig13", "table1", "table2", "sensitivity"]
      )
      assert.match(index, /\[Table I: the machines\]\(table1\.md\) \| 39 \| 3 \| – \| – \|/)
      assert.notMatch(index, /20\d\d-\d\d|took/)
      const second = await run()
      assert.strictEqual(second.stdout, first.stdout)
      assert.deepStrictEqual(filesOf(out), before)
    }),
  180_000
)
