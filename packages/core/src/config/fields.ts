/** Under which names configurations of published models give each fact; nested ones with a dot. Earlier names win. */

/** Facts of a model that are one whole number. */
export type Fact =
  | "layers"
  | "hidden"
  | "experts"
  | "topK"
  | "expertFfn"
  | "sharedExperts"
  | "sharedFfn"
  | "zeroExperts"
  | "routedHidden"

export const factNames: Readonly<Record<Fact, ReadonlyArray<string>>> = {
  layers: ["num_hidden_layers", "n_layers", "n_layer", "num_layers"],
  hidden: ["hidden_size", "d_model", "n_embd", "dim"],
  experts: [
    "n_routed_experts",
    "num_experts",
    "num_local_experts",
    "moe_num_experts",
    "num_routed_experts",
    "n_experts",
    "moe_num_primary_experts",
    "ffn_config.moe_num_experts",
    "moe.num_experts",
    "moe.n_routed_experts"
  ],
  topK: [
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_topk",
    "moe_top_k",
    "moe_k",
    "top_k_experts",
    "experts_per_token",
    "num_selected_experts",
    "moe_router_topk",
    "n_activated_experts",
    "moe_num_active_primary_experts",
    "ffn_config.moe_top_k",
    "moe.num_experts_per_tok",
    "moe.top_k"
  ],
  expertFfn: [
    "moe_intermediate_size",
    "expert_ffn_hidden_size",
    "moe_ffn_hidden_size",
    "expert_intermediate_size",
    "moe_inter_dim",
    "ffn_config.ffn_hidden_size",
    "moe.expert_hidden_dim"
  ],
  sharedExperts: [
    "n_shared_experts",
    "num_shared_experts",
    "num_shared_expert",
    "moe_num_shared_experts",
    "moe.num_shared_experts"
  ],
  sharedFfn: [
    "moe_shared_expert_intermediate_size",
    "shared_expert_intermediate_size",
    "share_expert_dim",
    "shared_intermediate_size"
  ],
  zeroExperts: ["zero_expert_num", "num_zero_experts", "moe_zero_expert_num"],
  routedHidden: ["moe_latent_size", "routed_expert_hidden_size"]
}

/** Width of the layers' own FFN: that of the experts where no field is theirs and no layer is dense. */
export const ffnNames: ReadonlyArray<string> = ["intermediate_size", "ffn_hidden_size", "hidden_dim", "inter_dim"]

/** Nested configurations that may hold the language model, a vision tower beside it. */
export const textConfigs: ReadonlyArray<string> = [
  "text_config",
  "llm_config",
  "language_config",
  "language_model",
  "thinker_config",
  "text_model_config",
  "model_config"
]
