/** The study in a real browser: bundled without shims for Node, the same bytes as Node, with shared memory and without. */
import { build } from "esbuild"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { type Browser, chromium } from "playwright-core"
import { study } from "./study.ts"

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  fs.existsSync(path)
)
const present = executablePath !== undefined
if (!present && process.env["MOIRA_REQUIRE_BROWSER"] !== undefined) throw new Error("no Chromium is installed")
if (!present) console.warn("skipped: no Chromium is installed to run the study in")

/** Quiet of Chromium's own traffic. */
const flags = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]

/** Pages that ask for isolation get shared memory. */
const isolation = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" }

const script = `import { Effect } from "effect"
import { study } from "./study.ts"
globalThis.moira = async () => ({
  shares: "SharedArrayBuffer" in globalThis,
  texts: await Effect.runPromise(study)
})`

/** The study as one module for browsers. Node's own modules stay imports, which no browser resolves: none may be left. */
const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2024",
    conditions: ["@moira/source"],
    external: ["node:*"],
    logLevel: "error"
  })
  return outputFiles[0]!.text
}

/** Serves the page below `/plain` and `/isolated`. */
const serve = async (code: string): Promise<Server> => {
  const server = createServer((request, response) => {
    if (request.url === "/study.js") response.writeHead(200, { "content-type": "text/javascript" }).end(code)
    else
      response
        .writeHead(200, { "content-type": "text/html", ...(request.url === "/isolated" ? isolation : {}) })
        .end(`<!doctype html><link rel="icon" href="data:,"><script type="module" src="/study.js"></script>`)
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  return server
}

const digests = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, hash("sha256", text)]))

describe.skipIf(!present)("a study of a trace in memory, in a browser", { timeout: 120_000 }, () => {
  let [browser, server, expected]: [Browser?, Server?, ReturnType<typeof digests>?] = []

  beforeAll(async () => {
    server = await serve(await bundle())
    browser = await chromium.launch({ executablePath: executablePath!, args: flags })
    expected = digests(await Effect.runPromise(study))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  for (const [page, shares] of [
    ["plain", false],
    ["isolated", true]
  ] as const) {
    it(`gives the bytes of Node on the ${page} page, ${shares ? "with" : "without"} shared memory`, async () => {
      const tab = await browser!.newPage()
      const faults: Array<string> = []
      tab.on("pageerror", (error) => faults.push(error.message))
      tab.on("console", (message) => message.type() === "error" && faults.push(message.text()))
      await tab.goto(`http://127.0.0.1:${(server!.address() as AddressInfo).port}/${page}`)
      assert.deepStrictEqual(faults, [])
      const found = await tab.evaluate(() =>
        (globalThis as unknown as { moira: () => Promise<{ shares: boolean; texts: Record<string, string> }> }).moira()
      )
      assert.strictEqual(found.shares, shares)
      assert.deepStrictEqual(digests(found.texts), expected)
      await tab.close()
    })
  }
})
