/** `moira place`: every optimizer and every exporter. */
const optimizers =
  "affinity,best,contiguous,dup,eplb-global,eplb,moira,random,remap,round-robin,separate-pairs,task-aware,worst"
const forms = "sglang,vllm,trtllm,eplb"

const few = "synth/few/twin.moira"
const place = (name, input, machine, flags, ...needs) => ({
  name: `place/${name}`,
  calls: [`place ${input} --machine ${machine} --seed 5 ${flags}`],
  needs
})

export const placeCases = [
  place(
    "copies",
    few,
    "dgx-h100",
    `--optimizer ${optimizers} --export ${forms} --units 4 --slots 1 --out @/out`,
    "synth/few"
  ),
  place("no-copies", few, "dgx-h100", `--optimizer ${optimizers} --export ${forms} --units 4 --out @/out`, "synth/few"),
  place("milp", few, "dgx-h100", "--optimizer milp,moira --units 2 --slots 1 --json --out @/out", "synth/few"),
  // One map for all layers and no copies: few placements have that.
  place("ranks", few, "dgx-h100", "--optimizer contiguous --export vllm-ranks --units 4 --out @/out", "synth/few"),
  // This engine refuses two copies of an expert on one unit, which most optimizers make.
  place(
    "ascend",
    few,
    "dgx-h100",
    "--optimizer moira --export vllm-ascend --units 4 --slots 1 --out @/out",
    "synth/few"
  ),
  place(
    "groups",
    "synth/grouped/twin.moira",
    "dgx-h100",
    `--optimizer ${optimizers} --export ${forms} --redundant 16 --out @/out`,
    "synth/grouped"
  ),
  place(
    "servers",
    "synth/gpt-oss-20b/twin.moira",
    "dgx-h100",
    "--optimizer moira,dup,affinity --export sglang --units 16 --slots 1 --dead 3,9 --batch 512" +
      " --fit prefill --judge decode --out @/out",
    "synth/gpt-oss-20b"
  ),
  place(
    "counts",
    "counts/mixtral-8x7b/store.counts",
    "dgx-h100",
    `--optimizer remap,dup,moira,eplb --export ${forms} --units 4 --slots 1 --workload decode_a --score prefill_a` +
      " --json --out @/out",
    "counts/mixtral-8x7b"
  ),
  place(
    "present",
    few,
    "dgx-h100",
    "--optimizer moira,remap --export sglang --units 4 --slots 1" +
      " --present place/copies/out/dup/trtllm.yaml --migration 6 --out @/out",
    "synth/few",
    "place/copies"
  ),
  place(
    "wafer",
    "synth/llama4-maverick/twin.moira",
    "dojo",
    "--optimizer moira,dup,affinity --slots 1 --export eplb --out @/out",
    "synth/llama4-maverick"
  )
]
