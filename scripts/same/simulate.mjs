/** `moira simulate`: every strategy, network and allocator, on wafers, on clusters and on one unit that caches experts. */
const simulate = (name, twin, flags, ...more) => ({
  name: `simulate/${name}`,
  calls: [`simulate synth/${twin}/twin.moira --out @/out ${flags}`],
  needs: [`synth/${twin}`, ...more],
  threaded: true
})
const all = "--strategy base,ep,pred,allo,allo+pred,moira --steps 2 --seed 4"
const allocators = "algorithm-1 at-home balance copies-even copies-lp copies-static even least-loaded".split(" ")

const held = [
  simulate(
    "bottleneck",
    "llama4-maverick",
    `--machine dojo,tsmc-sow --batch 64,256 --network bottleneck --verify ${all}`
  ),
  simulate("flow", "llama4-maverick", `--machine dojo,dojo-enhanced --batch 64 --network flow --verify ${all}`),
  simulate(
    "study",
    "llama4-maverick",
    "--machine dojo --batch 64 --token-traffic ignored --bytes-per-weight 2 --controller host-cpu --block-tokens 20" +
      ` --warm-up 1 --verify --set routing=yx,deadDies=[[2,2]],deadLinks=[[[0,0],[1,0]]] ${all}`
  ),
  simulate("ideal", "grouped", `--machine tsmc-sow --batch 32 --network ideal ${all}`),
  simulate("gpus", "deepseek-v2-lite", `--machine dgx-h100,dgx-b200x2 --batch 64,1024 --network bottleneck ${all}`),
  simulate("gpus-flow", "gpt-oss-20b", `--machine dgx-h200 --units 16 --batch 256 --network flow --verify ${all}`)
]

const choices = [
  ...allocators.map((name) =>
    simulate(
      `allocator-${name}`,
      "few",
      `--machine dgx-h100 --units 4 --strategy ep,moira --batch 32 --allocator ${name}` +
        " --placement dup,moira --slots 1 --steps 2 --seed 4"
    )
  ),
  simulate(
    "placement-file",
    "few",
    "--machine dgx-h100 --units 4 --strategy base,ep,allo --batch 32" +
      " --placement place/copies/out/dup/sglang.json --slots 1 --steps 2 --seed 4",
    "place/copies"
  )
]

const caches = [
  simulate("offload", "mixtral-8x7b", "--machine offload-pcie5 --cache 25%,4 --prefetch 0,2 --requests 4"),
  simulate(
    "offload-layers",
    "deepseek-v2-lite",
    "--machine offload-pcie4,offload-cxl,offload-ssd --cache 25% --requests 3 --between-us 20" +
      " --strategy lru,lfu,lfu-decayed,predicted,belady,pinned --cache-scope all"
  ),
  simulate(
    "offload-token",
    "gpt-oss-20b",
    "--machine offload-pcie5 --cache 8,16 --requests 4 --batch 2 --prefetch 2 --prefetch-for token" +
      " --prefetch-predictor recency --predictor popularity"
  )
]

export const simulateCases = [...held, ...choices, ...caches]
