/** Token copies against a plain telling, token by token, with servers of several units. */
import { assert, it } from "@effect/vitest"
import { makeWork } from "@moira/hardware"
import { loadWindow } from "../src/window/window.ts"
import { makeBatch } from "../src/window/batch.ts"
import { Effect } from "effect"
import { makeTokenTraffic } from "../src/step/token-traffic.ts"
import { makeRequests, model, recordedOnly, traceLayer } from "./scene.ts"

const [units, servers] = [4, 2]
const serverOf = Uint16Array.of(0, 0, 1, 1)
const shape = {
  units,
  experts: model.experts,
  weightBytes: 1,
  flopPerToken: 1,
  dispatchBytesPerToken: 1,
  combineBytesPerToken: 1
}

it.effect("a token goes to each unit once, and to each server once, however many of its experts are there", () =>
  Effect.gen(function* () {
    const requests = recordedOnly(makeRequests(20, 4, 20))
    const window = yield* loadWindow({ requests: 20, steps: 6 })
    const size = 33
    const work = makeWork({ ...shape, servers })
    const homeOf = (expert: number) => Math.floor((expert * units) / model.experts)
    const [layerIndex, step] = [1, 2]
    const allocation = new Uint32Array(model.experts * units)
    const [copies, crossing, tokens] = [new Uint32Array(16), new Uint32Array(8), new Uint32Array(4)]
    for (let slot = 0; slot < size; slot++) {
      const request = requests[slot % 20]!
      if (request.decodeTokens <= step) continue
      const from = slot % units
      tokens[from]!++
      const row = layerIndex * (request.prefillTokens + request.decodeTokens) + request.prefillTokens + step
      const chosen = [...request.ids.subarray(row * 2, row * 2 + 2)].filter((e) => e < model.experts)
      for (const expert of chosen) allocation[expert * units + homeOf(expert)]!++
      const targets = new Set(chosen.map(homeOf))
      for (const to of targets) copies[from * units + to]!++
      for (const server of new Set([...targets].map((to) => serverOf[to]!))) crossing[from * servers + server]!++
    }
    makeTokenTraffic(makeBatch(window, size), { units, servers, serverOf })(allocation, layerIndex, step, work)
    assert.deepStrictEqual(work.tokenCopies, copies)
    assert.deepStrictEqual(work.serverCopies, crossing)
    assert.deepStrictEqual(work.tokensAt, tokens)
    const plain = makeWork(shape)
    makeTokenTraffic(makeBatch(window, size), { units, servers, serverOf })(allocation, layerIndex, step, plain)
    assert.deepStrictEqual(plain.tokenCopies, copies)
    assert.isUndefined(plain.serverCopies)
  }).pipe(Effect.provide(traceLayer(20, 4, 20)))
)
