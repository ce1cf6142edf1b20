/** What the hub tests share: a data set, a fake hub of it, a folder, and quick retries. */
import { random } from "@moira/core"
import { ConfigProvider, Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { type FetchOptions, fetchTraces } from "../src/fetch-traces.ts"
import { Hub } from "../src/hub.ts"
import { HubRetries } from "../src/retry.ts"
import { type FakeHub, type FakeHubOptions } from "../src/testing/fake-hub-options.ts"
import { startFakeHub } from "../src/testing/fake-hub.ts"

export const repo = "core12345/MoE_expert_selection_trace"
export const token = "hf_NoTestMayEverShowThis"
const llama = "meta-llama/Llama-4-Maverick-17B-128E-Instruct"
export const anatomy = `${llama}/mmlu/anatomy`

export const bytesOf = (length: number, seed: number): Uint8Array => {
  const { uint32 } = random(seed)
  return Uint8Array.from({ length }, () => uint32() & 0xff)
}

/** Small files and one that the hub keeps elsewhere, of two models. */
export const dataSet = (): Map<string, Uint8Array> =>
  new Map([
    ["README.md", bytesOf(10, 1)],
    [`${anatomy}/0.json`, bytesOf(3000, 2)],
    [`${anatomy}/1.json`, bytesOf(200_000, 3)],
    [`${anatomy}/10.json`, bytesOf(0, 4)],
    [`${llama}/mmlu/law & order/2.json`, bytesOf(1500, 5)],
    [`${llama}/livecodebench/all/0.json`, bytesOf(700, 6)],
    ["Qwen/Qwen3-235B-A22B-FP8/mmlu/anatomy/0.json", bytesOf(400, 7)]
  ])

export const large = `${anatomy}/1.json`

/** Retries that take milliseconds. */
const quick = Layer.succeed(HubRetries, {
  attempts: 4,
  baseMs: 1,
  capMs: 5,
  longestAskedMs: 600_000,
  idleMs: 2000,
  seed: 1
})

export interface Setup {
  readonly hub: FakeHub
  readonly files: Map<string, Uint8Array>
  readonly out: string
  readonly fetch: (
    wanted: string,
    more?: Partial<FetchOptions>,
    environment?: Record<string, string>
  ) => ReturnType<typeof run>
  /** Paths of all files below `out`, sorted. */
  readonly found: () => ReadonlyArray<string>
  readonly local: (file: string) => string
}

const run = (endpoint: string, options: FetchOptions, environment: Record<string, string>) =>
  fetchTraces(options).pipe(
    Effect.provide(Hub.layer),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ HF_ENDPOINT: endpoint, ...environment }))),
    Effect.provide(quick)
  )

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "moira-hub-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** A hub of `dataSet()` whose files from 100,000 bytes on lie elsewhere, and an empty folder. */
export const setUp = Effect.fnUntraced(function* (options: Partial<FakeHubOptions> = {}) {
  const files = options.files ?? dataSet()
  const hub = yield* Effect.acquireRelease(
    Effect.promise(() => startFakeHub({ repo, largeBytes: 100_000, ...options, files })),
    (started) => Effect.promise(() => started.close())
  )
  const folder = yield* temporary
  const out = path.join(folder, "traces")
  const setup: Setup = {
    hub,
    files,
    out,
    fetch: (wanted, more = {}, environment = {}) =>
      run(
        hub.endpoint,
        { wanted, repo, revision: "main", directory: out, maxBytes: Number.MAX_SAFE_INTEGER, ...more },
        environment
      ),
    found: () =>
      fs.existsSync(out)
        ? fs
            .readdirSync(out, { recursive: true, withFileTypes: true })
            .filter((entry) => !entry.isDirectory())
            .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
            .toSorted()
        : [],
    local: (file) => path.join(out, ...file.split("/"))
  }
  return setup
})
