/** A row that is partly missing is told with where it is; whole ones are no fault. */
import { assert, it } from "@effect/vitest"
import { moeLayers } from "@moira/core"
import { memoryReader } from "../src/memory-store.ts"
import { missingExpert, type TraceRequest } from "../src/selections.ts"
import { tinyModel, tinyRequests } from "../src/testing/tiny-trace.ts"
import { traceWarnings } from "../src/trace-warnings.ts"

const { topK } = tinyModel
const layers = moeLayers(tinyModel)

const withRow = (request: TraceRequest, layerIndex: number, token: number, ids: number): TraceRequest => {
  const changed = request.ids.slice()
  const from = (layerIndex * (request.prefillTokens + request.decodeTokens) + token) * topK
  changed.fill(missingExpert, from, from + ids)
  return { ...request, ids: changed }
}

it("partial rows are told with layer, token and how many, of the first request that has one", () => {
  const requests = tinyRequests(9, 3).filter(({ prefillTokens, decodeTokens }) => prefillTokens + decodeTokens > 3)
  const partial = requests.map((request, r) => (r === 1 || r === 2 ? withRow(request, 1, 2, topK - 1) : request))
  const [remark, ...others] = memoryReader(tinyModel, partial).manifest.remarks
  assert.deepStrictEqual(others, [])
  assert.deepStrictEqual([remark!.kind, remark!.requests], ["warning", 2])
  assert.include(remark!.first, `${requests[1]!.source}, layer ${layers[1]}, token 2, its only such row`)
  assert.match(traceWarnings(memoryReader(tinyModel, partial).manifest)[0]!, /partly missing.*\(2 requests, first/)
  const twice = withRow(withRow(requests[0]!, 0, 3, 1), 1, 0, 1)
  assert.match(memoryReader(tinyModel, [twice]).manifest.remarks[0]!.first!, /token 3, the first of 2 such rows/)
})

it("rows that are missing as a whole are holes, and no fault", () => {
  const [request] = tinyRequests(9, 3)
  assert.deepStrictEqual(memoryReader(tinyModel, [withRow(request!, 1, 0, topK)]).manifest.remarks, [])
})
