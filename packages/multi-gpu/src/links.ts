/** Links of GPUs, one way: data-sheet rates, and what of them is assumed or measured apart from exchange kernels. */

export const hopperLinks = {
  nvlinkBytesPerSec: 450e9,
  nicBytesPerSec: 50e9,
  // Measured, point to point over NVLink: 371 to 377 GB/s one way of 450.
  linkShare: 0.83,
  // Assumed: an RDMA write that a GPU starts, through one switch.
  nicLatencyPs: 5_000_000,
  // The usual number of DeepEP's kernels, which the serving engines keep.
  exchangeProcessors: 20
}

export const blackwellRates = { nvlinkBytesPerSec: 900e9, nicBytesPerSec: 100e9 }
