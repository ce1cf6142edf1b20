import { assert, it } from "@effect/vitest"
import { chooseKernels, type KernelFamily, kernelFamilies } from "../src/calibration/kernel-families.ts"

const h100 = ["bf16", "fp8"] as const
const idOf = (question: Parameters<typeof chooseKernels>[0]) => (chooseKernels(question) as KernelFamily).id
const refusal = (question: Parameters<typeof chooseKernels>[0]) => {
  const { what, hint } = chooseKernels(question) as { what: string; hint: string }
  return `${what} | ${hint}`
}

it("an engine's kernels follow data type and phase", () => {
  assert.strictEqual(idOf({ dtype: "bfloat16", arithmetic: h100 }), "cutlass-bf16")
  assert.strictEqual(idOf({ dtype: "fp8_block", arithmetic: h100 }), "cutlass-fp8-block")
  for (const engine of ["sglang", "vllm"] as const) {
    const question = { dtype: "fp8_block", arithmetic: h100, engine }
    assert.strictEqual(idOf({ ...question, phase: "prefill" }), "deepgemm-contiguous")
    assert.strictEqual(idOf({ ...question, phase: "decode" }), "deepgemm-masked")
    assert.strictEqual(idOf({ ...question, kernels: "cutlass-fp8-block" }), "cutlass-fp8-block", "by name instead")
  }
})

it("every family says what it was fitted to and how well, and is reached by some engine", () => {
  for (const family of kernelFamilies) {
    assert.isNotEmpty(family.tables, family.id)
    assert.isAbove(family.errors.balanced.rows, 0, family.id)
    const reached = family.engines.some((engine) =>
      family.phases.some(
        (phase) => idOf({ dtype: family.dtype, arithmetic: [family.arithmetic], engine, phase }) === family.id
      )
    )
    assert.isTrue(reached, family.id)
  }
})

it("refuses what was not measured or the GPU lacks, with the nearest and its error", () => {
  assert.match(
    refusal({ dtype: "nvfp4", arithmetic: h100 }),
    /no arithmetic for nvfp4 .*fp8 \(cutlass-fp8: .* % balanced/
  )
  assert.match(refusal({ dtype: "mxfp4", arithmetic: [...h100, "fp4"] }), /measured in "mxfp4" .*dtype nvfp4/)
  assert.match(refusal({ dtype: "float16", arithmetic: h100 }), /dtype bfloat16 \(cutlass-bf16/)
  assert.match(refusal({ dtype: "fp8_block", arithmetic: ["bf16"], kernels: "deepgemm-masked" }), /no fp8 .*bfloat16/)
  assert.match(
    refusal({ dtype: "fp8", arithmetic: h100, kernels: "deepgemm-masked" }),
    /compute in fp8_block, dtype says fp8/
  )
  assert.match(refusal({ dtype: "fp8", arithmetic: h100, kernels: "marlin" }), /"marlin" .*cutlass-bf16, /)
  assert.match(refusal({ dtype: "fp8", arithmetic: [] }), /no family of kernels/)
  const engine = "lmdeploy" as "vllm"
  assert.match(refusal({ dtype: "fp8", arithmetic: h100, engine }), /engine: "lmdeploy" .*sglang/)
})
