/** The report in a real browser: nothing is fetched, nothing fails, nothing sticks out of the page. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as fs from "node:fs"
import { type Browser, chromium } from "playwright-core"
import { pathToFileURL } from "node:url"
import { inScratch, moira, removeScratch } from "./moira.ts"

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  fs.existsSync(path)
)
const present = executablePath !== undefined
if (!present && process.env["MOIRA_REQUIRE_BROWSER"] !== undefined) throw new Error("no Chromium is installed")
if (!present) console.warn("skipped: no Chromium is installed to look at the report with")

const quiet = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]

describe.skipIf(!present)("the report in a browser", () => {
  let browser: Browser

  beforeAll(async () => {
    const [store, out] = [inScratch("twin.moira"), inScratch("report")]
    const model = ["--model", "deepseek-v2-lite", "--requests", "48", "--prefill", "8", "--decode", "12"]
    const simulation = inScratch("simulation")
    for (const args of [
      ["synth", ...model, "--out", store],
      ["analyze", store, "--out", inScratch("analysis")],
      ["simulate", store, "--machine", "dojo", "--batch", "512", "--steps", "8", "--out", simulation],
      ["report", inScratch("analysis", "analysis.json"), `${simulation}/simulation.json`, "--out", out]
    ]) {
      const outcome = await moira(...args, "-q")
      assert.strictEqual(outcome.code, 0, outcome.stderr)
    }
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox", ...quiet] })
  })
  afterAll(async () => {
    await browser?.close()
    removeScratch()
  })

  for (const [width, scheme] of [
    [1400, "light"],
    [1400, "dark"],
    [420, "light"]
  ] as const) {
    it(`opens at ${width} px in ${scheme}`, async () => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme })
      const page = await context.newPage()
      const fetched: Array<string> = []
      const faults: Array<string> = []
      page.on("request", (request) => fetched.push(request.url()))
      page.on("pageerror", (error) => faults.push(error.message))
      page.on("console", (message) => message.type() === "error" && faults.push(message.text()))
      const url = pathToFileURL(inScratch("report", "report.html")).href
      await page.goto(url)
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual(
        fetched.filter((request) => request !== url && !request.startsWith("data:")),
        []
      )
      const { pageWidth, pictures, headings, text } = await page.evaluate(() => ({
        pageWidth: document.documentElement.scrollWidth,
        pictures: [...document.querySelectorAll("figure svg")].map((svg) => svg.getBoundingClientRect().width),
        headings: document.querySelectorAll("h2").length,
        text: document.body.textContent
      }))
      assert.isAtMost(pageWidth, width)
      assert.isAbove(pictures.length, 12)
      for (const picture of pictures) assert.isAbove(picture, 100)
      assert.isAbove(headings, 5)
      assert.notMatch(text, /NaN|undefined|Infinity/)
      await context.close()
    })
  }
})
