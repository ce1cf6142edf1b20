/** Memory that threads read in place, where there is some: pages of a browser without isolation have none. */
export const sharedBytes = (bytes: number): ArrayBuffer | SharedArrayBuffer =>
  typeof SharedArrayBuffer === "undefined" ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes)
