/** What tells an archive of a trainer's rollouts from one of a recorder: arrays beside the ids that only a trainer keeps. */

const kept =
  /(?:loss_masks?|response_mask|completion_mask|token_mask|attention_mask|response_lengths?|input_lengths|prompt_lengths?|completion_ids|responses)\.npy/

/** True where the start of an `.npz` names ids and a mask or length of a trainer. */
export const isRolloutArchive = (bytes: Uint8Array): boolean => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  return text.includes("routed_experts.npy") && kept.test(text)
}
