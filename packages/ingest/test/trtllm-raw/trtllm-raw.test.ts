import trtllmRaw from "../../src/formats/trtllm-raw/index.ts"
import { conformance } from "../../src/testing.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { elsewhere, first, meta, rank0, rank1, second, tensorsOf } from "./cases.ts"
import { tiny } from "../tiny.ts"
import { safetensors } from "../formats/arrays.ts"

const dump = (bytes: Uint8Array) => ({ "meta_info.json": meta, "rank0_raw.safetensors": bytes })
const lying = Uint8Array.from(rank0)
new DataView(lying.buffer).setBigUint64(0, 2n ** 60n, true)

conformance(trtllmRaw, {
  accepted: [
    {
      name: "two ranks, iterations in any order",
      files: { "a/b/meta_info.json": meta, "a/b/rank10_raw.safetensors": rank1, "a/b/rank9_raw.safetensors": rank0 },
      model: tiny,
      requests: [
        { prefillTokens: 0, decodeTokens: 3, benchmark: "a", subject: "b", ids: layerMajorIds(first) },
        { prefillTokens: 0, decodeTokens: 1, ids: layerMajorIds(second) },
        { prefillTokens: 0, decodeTokens: 2, ids: layerMajorIds(elsewhere) }
      ]
    }
  ],
  refused: [
    {
      name: "a header that lies about its length",
      files: dump(lying),
      model: tiny,
      reason: "Malformed",
      where: "byte 0"
    },
    { name: "no meta_info.json", files: { "rank0_raw.safetensors": rank0 }, model: tiny, reason: "NotFound" },
    {
      name: "a damaged meta_info.json",
      files: { ...dump(rank0), "meta_info.json": meta.slice(0, -1) },
      model: tiny,
      reason: "Truncated",
      where: "meta_info.json, byte"
    },
    {
      name: "another number of experts",
      files: { ...dump(rank0), "meta_info.json": '{"num_experts": 13, "num_experts_per_token": 2}' },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "an id beyond the experts",
      files: dump(
        safetensors(
          tensorsOf(0, [
            [
              [1, 2],
              [3, 4]
            ],
            [
              [5, 6],
              [7, 99]
            ]
          ])
        )
      ),
      model: tiny,
      reason: "OutOfRange",
      where: "tensor 0_2, layer 2, token 1"
    },
    {
      name: "a layer that is missing",
      files: dump(safetensors(tensorsOf(0, first).slice(0, 1))),
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "layers of unequal length",
      files: dump(safetensors([tensorsOf(0, first)[0]!, tensorsOf(0, second)[1]!])),
      model: tiny,
      reason: "Ragged",
      where: "tensor 0_2"
    },
    {
      name: "counts instead of ids",
      files: dump(safetensors([{ name: "0_1", dtype: "I32", type: "<i4", shape: [12], values: Array(12).fill(1) }])),
      model: tiny,
      reason: "WrongShape"
    },
    { name: "a shape that no model has", files: dump(rank0), reason: "UnknownModel" }
  ]
})
