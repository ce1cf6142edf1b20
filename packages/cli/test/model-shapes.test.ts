/** Models as they are, from recording to simulation: 23 MoE layers where they lie with plain latent experts, and zero experts. */
import { assert, describe, it } from "@effect/vitest"
import { random } from "@moira/core"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll } from "vitest"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

/** Nemotron 3's places of MoE layers, with experts small enough for a test. */
const pattern = "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"
const nemotron = {
  model_type: "nemotron_h",
  num_hidden_layers: pattern.length,
  hybrid_override_pattern: pattern,
  n_routed_experts: 32,
  n_shared_experts: 1,
  num_experts_per_tok: 6,
  hidden_size: 256,
  moe_latent_size: 64,
  moe_intermediate_size: 96,
  moe_shared_expert_intermediate_size: 192,
  mlp_hidden_act: "relu2",
  torch_dtype: "bfloat16"
}
const longcat = {
  model_type: "longcat_flash",
  num_layers: 4,
  num_hidden_layers: 8,
  hidden_size: 128,
  expert_ffn_hidden_size: 48,
  n_routed_experts: 24,
  zero_expert_num: 12,
  zero_expert_type: "identity",
  moe_topk: 6,
  torch_dtype: "bfloat16"
}

interface Recording {
  /** `[request][token][layer][k]`. */
  readonly ids: ReadonlyArray<ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>>
  readonly folder: string
}

const prompt = 4
const made = 6
const requests = 8

/** Responses of an engine that writes rows of every hidden layer, zeros where a layer has no experts. */
const recorded = (
  name: string,
  config: object,
  layers: number,
  isMoe: (layer: number) => boolean,
  ids: number,
  topK: number
): Recording => {
  const { below } = random(ids)
  const row = (): ReadonlyArray<number> => {
    const chosen = new Set<number>()
    while (chosen.size < topK) chosen.add(below(ids))
    return [...chosen]
  }
  const of = Array.from({ length: requests }, () =>
    Array.from({ length: prompt + made - 1 }, () =>
      Array.from({ length: layers }, (_, layer) => (isMoe(layer) ? row() : Array<number>(topK).fill(0)))
    )
  )
  const folder = inScratch(name)
  fs.mkdirSync(path.join(folder, "trace"), { recursive: true })
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify(config))
  of.forEach((routed, r) =>
    fs.writeFileSync(
      path.join(folder, "trace", `${r}.json`),
      JSON.stringify({
        object: "chat.completion",
        model: `acme/${name}`,
        choices: [{ index: 0, routed_experts: routed }],
        usage: { prompt_tokens: prompt, completion_tokens: made, total_tokens: prompt + made }
      })
    )
  )
  return { ids: of, folder }
}

const json = async (...args: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = await moira(...args, "--json")
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(stdout)
}

/** Simulates all decode steps; what was computed and read is told in experts. */
const simulated = async (store: string, machine: string, expertBytes: number, expertFlop: number) => {
  const { runs, input } = await json(
    "simulate",
    store,
    "--machine",
    machine,
    ...(machine === "dgx-h100" ? ["--units", "8"] : []),
    "--strategy",
    "base",
    "--batch",
    `${requests}`,
    "--steps",
    `${made - 1}`
  )
  const { metrics } = runs[0]
  const read = metrics.dram_remote_read_bytes + metrics.dram_local_read_bytes + metrics.llc_hit_bytes
  return { choices: metrics.flop / expertFlop, reads: read / expertBytes, warnings: input.warnings ?? [] }
}

/** Real choices of all decode tokens, and different experts of each layer step. */
const expected = ({ ids }: Recording, moe: ReadonlyArray<number>, experts: number) => {
  let choices = 0
  let touched = 0
  for (let token = prompt; token < prompt + made - 1; token++) {
    for (const layer of moe) {
      const real = ids.flatMap((request) => request[token]![layer]!.filter((id) => id < experts))
      choices += real.length
      touched += new Set(real).size
    }
  }
  return { choices, touched }
}

/** Stores a recording with the configuration beside it as its model. */
const ingestInto = (folder: string, store: string) =>
  json("ingest", path.join(folder, "trace"), "--model", path.join(folder, "config.json"), "--out", store)

describe("a hybrid with plain latent experts", () => {
  const moe = pattern.split("").flatMap((letter, layer) => (letter === "E" ? [layer] : []))
  const recording = recorded("hybrid", nemotron, pattern.length, (layer) => moe.includes(layer), 32, 6)
  const store = inScratch("hybrid.moira")

  it("is ingested with its 23 layers where they lie", async () => {
    await ingestInto(recording.folder, store)
    const { layers, moeLayers, experts, topK } = await json("info", store)
    assert.deepStrictEqual([layers, moeLayers, experts, topK], [moe, 23, 32, 6])
  })

  it.each(["dojo", "dgx-h100"])("is simulated on %s with two matrices of the latent width", async (machine) => {
    const parameters = 2 * 64 * 96
    const { choices, touched } = expected(recording, moe, 32)
    const run = await simulated(store, machine, 2 * parameters, 2 * parameters)
    assert.strictEqual(run.choices, choices)
    assert.strictEqual(choices, 23 * 5 * requests * 6)
    // Base reads an expert once for each die that computes a piece of it.
    assert.isAtLeast(run.reads, touched)
    assert.strictEqual(run.reads % 1, 0)
  })
})

describe("a model with zero experts", () => {
  const moe = [0, 1, 2, 3]
  const recording = recorded("zero", longcat, 4, () => true, 36, 6)
  const store = inScratch("zero.moira")

  it("is ingested, and its zero choices are told", async () => {
    await ingestInto(recording.folder, store)
    const { experts, zeroExperts, zeroShare, expertsPerToken } = await json("info", store)
    const all = recording.ids.flat(3)
    const share = all.filter((id) => id >= 24).length / all.length
    assert.deepStrictEqual([experts, zeroExperts], [24, 12])
    assert.closeTo(zeroShare, share, 1e-12)
    assert.closeTo(expertsPerToken, 6 * (1 - share), 1e-12)
    assert.match((await moira("info", store)).stdout, /zero choices +\d+\.\d\d % of selections/)
  })

  it.each(["dojo", "dgx-h100"])("is simulated on %s without work for zero choices", async (machine) => {
    const parameters = 3 * 128 * 48
    const { choices, touched } = expected(recording, moe, 24)
    assert.isBelow(choices, 4 * 5 * requests * 6)
    const run = await simulated(store, machine, 2 * parameters, 2 * parameters)
    assert.strictEqual(run.choices, choices)
    assert.isAtLeast(run.reads, touched)
    assert.match(run.warnings.join(), /zero experts, which do no work/)
  })

  it("reads weights of the format that is asked for, scales included", async () => {
    const bytesOf = async (...format: ReadonlyArray<string>) => {
      const { runs } = await json(
        "simulate",
        store,
        "--machine",
        "dojo",
        "--strategy",
        "base",
        "--batch",
        "8",
        ...format
      )
      return runs[0].metrics.dram_remote_read_bytes + runs[0].metrics.dram_local_read_bytes
    }
    assert.strictEqual((await bytesOf("--bytes-per-weight", "nvfp4")) / (await bytesOf()), 0.5625 / 2)
    const { code, stderr } = await moira("simulate", store, "--machine", "dojo", "--bytes-per-weight", "3")
    assert.strictEqual(code, 2)
    assert.include(stderr, "--bytes-per-weight")
  })

  it("is placed with 24 experts, and an expert is of its own size", async () => {
    const { place } = await json("place", store, "--machine", "dgx-h100", "--units", "4", "--optimizer", "eplb,moira")
    assert.strictEqual(place.expertBytes, 3 * 128 * 48 * 2)
    assert.strictEqual(place.experts, 24)
  })
})
