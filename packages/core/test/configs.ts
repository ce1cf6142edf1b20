/** Configurations written from the facts of published models, with the fields that speak of layers, experts and weights. */

const fp8 = { quantization_config: { quant_method: "fp8", fmt: "e4m3", weight_block_size: [128, 128] } }
const bf16 = { torch_dtype: "bfloat16" }
const deepseek = {
  model_type: "deepseek_v3",
  hidden_act: "silu",
  first_k_dense_replace: 3,
  moe_layer_freq: 1,
  n_shared_experts: 1,
  num_experts_per_tok: 8,
  num_nextn_predict_layers: 1,
  ...bf16
}
const qwenMoe = { decoder_sparse_step: 1, mlp_only_layers: [], hidden_act: "silu", ...bf16 }
const vision = { num_hidden_layers: 27, hidden_size: 1152, num_experts: null }

/** Configurations by the id of the model in the catalogue whose facts they have. */
export const configs: Readonly<Record<string, object>> = {
  "deepseek-v3": {
    ...deepseek,
    ...fp8,
    num_hidden_layers: 61,
    hidden_size: 7168,
    intermediate_size: 18_432,
    moe_intermediate_size: 2048,
    n_routed_experts: 256,
    n_group: 8,
    topk_group: 4,
    topk_method: "noaux_tc"
  },
  "deepseek-v2-lite": {
    ...deepseek,
    model_type: "deepseek_v2",
    first_k_dense_replace: 1,
    num_hidden_layers: 27,
    hidden_size: 2048,
    intermediate_size: 10_944,
    moe_intermediate_size: 1408,
    n_routed_experts: 64,
    n_shared_experts: 2,
    num_experts_per_tok: 6,
    n_group: 1,
    topk_group: 1
  },
  "deepseek-v4-pro": {
    model_type: "deepseek_v4",
    expert_dtype: "fp4",
    ...fp8,
    ...bf16,
    hidden_act: "silu",
    num_hidden_layers: 61,
    num_hash_layers: 3,
    hidden_size: 7168,
    moe_intermediate_size: 3072,
    n_routed_experts: 384,
    n_shared_experts: 1,
    num_experts_per_tok: 6
  },
  "kimi-k2": {
    ...deepseek,
    ...fp8,
    model_type: "kimi_k2",
    first_k_dense_replace: 1,
    num_hidden_layers: 61,
    hidden_size: 7168,
    intermediate_size: 18_432,
    moe_intermediate_size: 2048,
    n_routed_experts: 384,
    n_group: 1,
    topk_group: 1
  },
  "kimi-k2.5": {
    model_type: "kimi_k25",
    dtype: "bfloat16",
    vision_config: vision,
    text_config: {
      ...deepseek,
      model_type: "kimi_k2",
      first_k_dense_replace: 1,
      num_hidden_layers: 61,
      hidden_size: 7168,
      moe_intermediate_size: 2048,
      n_routed_experts: 384,
      top_k: 50,
      quantization_config: {
        quant_method: "compressed-tensors",
        config_groups: {
          group_0: { targets: ["Linear"], weights: { num_bits: 4, type: "int", group_size: 32, symmetric: true } }
        }
      }
    }
  },
  "kimi-k3": {
    model_type: "kimi_k3",
    vision_config: vision,
    text_config: {
      model_type: "kimi_linear",
      hidden_act: "situ",
      first_k_dense_replace: 1,
      moe_layer_freq: 1,
      num_hidden_layers: 93,
      hidden_size: 7168,
      intermediate_size: 33_792,
      moe_intermediate_size: 3072,
      num_experts: 896,
      num_experts_per_token: 16,
      num_shared_experts: 2,
      num_expert_group: 1,
      topk_group: 1,
      routed_expert_hidden_size: 3584,
      quantization_config: {
        quant_method: "compressed-tensors",
        format: "mxfp4-pack-quantized",
        config_groups: { group_0: { targets: ["Linear"], weights: { num_bits: 4, type: "float", group_size: 32 } } }
      }
    }
  },
  "qwen3-30b": {
    model_type: "qwen3_moe",
    ...qwenMoe,
    num_hidden_layers: 48,
    hidden_size: 2048,
    intermediate_size: 6144,
    moe_intermediate_size: 768,
    num_experts: 128,
    num_experts_per_tok: 8
  },
  "qwen3-next": {
    model_type: "qwen3_next",
    ...qwenMoe,
    num_hidden_layers: 48,
    hidden_size: 2048,
    intermediate_size: 5120,
    moe_intermediate_size: 512,
    shared_expert_intermediate_size: 512,
    num_experts: 512,
    num_experts_per_tok: 10
  },
  "qwen3.5-397b": {
    model_type: "qwen3_5_moe",
    vision_config: vision,
    text_config: {
      model_type: "qwen3_5_moe_text",
      dtype: "bfloat16",
      hidden_act: "silu",
      num_hidden_layers: 60,
      hidden_size: 4096,
      moe_intermediate_size: 1024,
      shared_expert_intermediate_size: 1024,
      num_experts: 512,
      num_experts_per_tok: 10
    }
  },
  "glm-4.5-air": {
    ...deepseek,
    model_type: "glm4_moe",
    first_k_dense_replace: 1,
    num_hidden_layers: 46,
    hidden_size: 4096,
    intermediate_size: 10_944,
    moe_intermediate_size: 1408,
    n_routed_experts: 128,
    n_group: 1,
    topk_group: 1
  },
  "glm-5": {
    ...deepseek,
    model_type: "glm_moe_dsa",
    num_hidden_layers: 78,
    hidden_size: 6144,
    intermediate_size: 12_288,
    moe_intermediate_size: 2048,
    n_routed_experts: 256,
    index_topk: 2048
  },
  "minimax-m2": {
    model_type: "minimax_m2",
    ...fp8,
    hidden_act: "silu",
    num_hidden_layers: 62,
    hidden_size: 3072,
    intermediate_size: 1536,
    shared_intermediate_size: 0,
    num_local_experts: 256,
    num_experts_per_tok: 8
  },
  "minimax-m3": {
    model_type: "minimax_m3",
    ...bf16,
    hidden_act: "swigluoai",
    num_hidden_layers: 60,
    hidden_size: 6144,
    intermediate_size: 3072,
    dense_intermediate_size: 12_288,
    moe_intermediate_size: 3072,
    shared_intermediate_size: 3072,
    n_shared_experts: 1,
    num_local_experts: 128,
    num_experts_per_tok: 4,
    moe_layer_freq: Array.from({ length: 60 }, (_, layer) => (layer < 3 ? 0 : 1))
  },
  "nemotron-3-nano": {
    model_type: "nemotron_h",
    ...bf16,
    num_hidden_layers: 52,
    hybrid_override_pattern: "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
    hidden_size: 2688,
    intermediate_size: 1856,
    moe_intermediate_size: 1856,
    moe_shared_expert_intermediate_size: 3712,
    n_routed_experts: 128,
    n_shared_experts: 1,
    num_experts_per_tok: 6,
    mlp_hidden_act: "relu2",
    mamba_hidden_act: "silu",
    n_groups: 8,
    n_group: 1,
    topk_group: 1
  },
  "nemotron-3-super": {
    model_type: "nemotron_h",
    dtype: "bfloat16",
    num_hidden_layers: 88,
    hybrid_override_pattern: "MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME",
    hidden_size: 4096,
    moe_intermediate_size: 2688,
    moe_latent_size: 1024,
    moe_shared_expert_intermediate_size: 5376,
    n_routed_experts: 512,
    n_shared_experts: 1,
    num_experts_per_tok: 22,
    mlp_hidden_act: "relu2"
  },
  "longcat-flash": {
    model_type: "longcat_flash",
    ...bf16,
    num_layers: 28,
    num_hidden_layers: 56,
    hidden_size: 6144,
    ffn_hidden_size: 12_288,
    expert_ffn_hidden_size: 2048,
    n_routed_experts: 512,
    zero_expert_num: 256,
    zero_expert_type: "identity",
    moe_topk: 12
  },
  "ernie-4.5-300b": {
    model_type: "ernie4_5_moe",
    ...bf16,
    hidden_act: "silu",
    num_hidden_layers: 54,
    hidden_size: 8192,
    intermediate_size: 28_672,
    moe_intermediate_size: 3584,
    moe_num_experts: 64,
    moe_num_shared_experts: 0,
    moe_k: 8,
    moe_layer_start_index: 3,
    moe_layer_end_index: 53,
    moe_layer_interval: 1
  },
  "ernie-4.5-21b": {
    model_type: "ernie4_5_moe",
    ...bf16,
    num_hidden_layers: 28,
    hidden_size: 2560,
    intermediate_size: 12_288,
    moe_intermediate_size: 1536,
    moe_num_experts: 64,
    moe_num_shared_experts: 2,
    moe_k: 6,
    moe_layer_start_index: 1,
    moe_layer_end_index: -1,
    moe_layer_interval: 1
  },
  "hunyuan-a13b": {
    model_type: "hunyuan_v1_moe",
    ...bf16,
    hidden_act: "silu",
    num_hidden_layers: 32,
    hidden_size: 4096,
    intermediate_size: 3072,
    num_experts: 64,
    moe_intermediate_size: Array.from({ length: 32 }, () => 3072),
    moe_topk: Array.from({ length: 32 }, () => 8),
    num_shared_expert: Array.from({ length: 32 }, () => 1)
  },
  step3: {
    model_type: "step3_vl",
    ...bf16,
    vision_config: vision,
    text_config: {
      num_hidden_layers: 61,
      hidden_size: 7168,
      intermediate_size: 18_432,
      moe_intermediate_size: 5120,
      share_expert_dim: 5120,
      moe_num_experts: 48,
      moe_top_k: 3,
      moe_layers_enum: Array.from({ length: 56 }, (_, i) => i + 4).join(",")
    }
  },
  "llama4-maverick": {
    model_type: "llama4",
    vision_config: vision,
    text_config: {
      model_type: "llama4_text",
      ...bf16,
      hidden_act: "silu",
      num_hidden_layers: 48,
      interleave_moe_layer_step: 2,
      hidden_size: 5120,
      intermediate_size: 8192,
      intermediate_size_mlp: 16_384,
      num_local_experts: 128,
      num_experts_per_tok: 1
    }
  },
  "llama4-scout": {
    model_type: "llama4",
    text_config: {
      model_type: "llama4_text",
      ...bf16,
      num_hidden_layers: 48,
      interleave_moe_layer_step: 1,
      hidden_size: 5120,
      intermediate_size: 8192,
      intermediate_size_mlp: 16_384,
      num_local_experts: 16,
      num_experts_per_tok: 1
    }
  },
  "mixtral-8x22b": {
    model_type: "mixtral",
    ...bf16,
    hidden_act: "silu",
    num_hidden_layers: 56,
    hidden_size: 6144,
    intermediate_size: 16_384,
    num_local_experts: 8,
    num_experts_per_tok: 2
  },
  "phi-3.5-moe": {
    model_type: "phimoe",
    ...bf16,
    num_hidden_layers: 32,
    hidden_size: 4096,
    intermediate_size: 6400,
    num_local_experts: 16,
    num_experts_per_tok: 2
  },
  "olmoe-1b-7b": {
    model_type: "olmoe",
    ...bf16,
    num_hidden_layers: 16,
    hidden_size: 2048,
    intermediate_size: 1024,
    num_experts: 64,
    num_experts_per_tok: 8
  },
  "granite-4.0-h-small": {
    model_type: "granitemoehybrid",
    ...bf16,
    num_hidden_layers: 40,
    layer_types: Array.from({ length: 40 }, (_, layer) => (layer % 10 === 5 ? "attention" : "mamba")),
    hidden_size: 4096,
    intermediate_size: 768,
    shared_intermediate_size: 1536,
    num_local_experts: 72,
    num_experts_per_tok: 10
  },
  "gpt-oss-120b": {
    model_type: "gpt_oss",
    quantization_config: { quant_method: "mxfp4", modules_to_not_convert: ["lm_head"] },
    hidden_act: "silu",
    num_hidden_layers: 36,
    hidden_size: 2880,
    intermediate_size: 2880,
    num_local_experts: 128,
    num_experts_per_tok: 4,
    experts_per_token: 4
  },
  dbrx: {
    model_type: "dbrx",
    ...bf16,
    n_layers: 40,
    d_model: 6144,
    ffn_config: { ffn_hidden_size: 10_752, moe_num_experts: 16, moe_top_k: 4, ffn_act_fn: { name: "silu" } }
  }
}

/** Of models that the catalogue lacks. */
export const otherConfigs = {
  qwen15: {
    model_type: "qwen2_moe",
    ...qwenMoe,
    num_hidden_layers: 24,
    hidden_size: 2048,
    intermediate_size: 5632,
    moe_intermediate_size: 1408,
    shared_expert_intermediate_size: 5632,
    num_experts: 60,
    num_experts_per_tok: 4
  },
  jamba: {
    model_type: "jamba",
    ...bf16,
    num_hidden_layers: 32,
    expert_layer_period: 2,
    expert_layer_offset: 1,
    attn_layer_period: 8,
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_experts: 16,
    num_experts_per_tok: 2
  }
}
