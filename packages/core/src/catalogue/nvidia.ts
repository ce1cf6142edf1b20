/** Nemotron 3: MoE layers between Mamba and attention layers, experts without a gate, of a latent width from Super on. */
import type { Model } from "../model.ts"
import { entry, marked } from "./entry.ts"

const nano = "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"
const superPattern = "MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME"
const ultraLayers = [
  1, 3, 5, 8, 10, 12, 15, 17, 19, 21, 24, 26, 28, 30, 33, 35, 37, 40, 42, 44, 46, 49, 51, 53, 55, 58, 60, 62, 65, 67,
  69, 71, 74, 76, 78, 80, 83, 85, 87, 90, 92, 94, 96, 99, 101, 103, 105, 107
]

export const nvidia: ReadonlyArray<Model> = [
  entry({
    id: "nemotron-3-nano",
    title: "Nemotron 3 Nano 30B-A3B",
    aliases: [
      "nemotron-3-nano-30b-a3b",
      "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
      "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8",
      "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4",
      "nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4"
    ],
    layers: 52,
    moe: marked(nano),
    experts: 128,
    sharedExperts: 1,
    topK: 6,
    hidden: 2688,
    expertFfn: 1856,
    sharedFfn: 3712,
    matrices: 2,
    weightFormat: "bf16",
    source: "config.json of nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16 (relu2: two matrices)"
  }),
  entry({
    id: "nemotron-3-super",
    title: "Nemotron 3 Super 120B-A12B",
    aliases: [
      "nemotron-3-super-120b-a12b",
      "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16",
      "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8",
      "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4"
    ],
    layers: 88,
    moe: marked(superPattern),
    experts: 512,
    sharedExperts: 1,
    topK: 22,
    hidden: 4096,
    routedHidden: 1024,
    expertFfn: 2688,
    sharedFfn: 5376,
    matrices: 2,
    weightFormat: "bf16",
    source: "config.json of nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8 (relu2: two matrices; latent experts)"
  }),
  entry({
    id: "nemotron-3-ultra",
    title: "Nemotron 3 Ultra 550B-A55B",
    aliases: [
      "nemotron-3-ultra-550b-a55b",
      "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16",
      "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-FP8",
      "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-NVFP4"
    ],
    layers: 108,
    moe: { layers: ultraLayers },
    experts: 512,
    sharedExperts: 1,
    topK: 22,
    hidden: 8192,
    routedHidden: 2048,
    expertFfn: 5120,
    sharedFfn: 10_240,
    matrices: 2,
    weightFormat: "bf16",
    source: "config.json of nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16 (relu2: two matrices; latent experts)"
  })
]
