/** Square matrices in NumPy's .npy format, version 1.0. */

/** The bytes of a `size x size` matrix, C order, little-endian. */
export const npyBytes = (matrix: Uint32Array | Float32Array, size: number): Uint8Array => {
  const type = matrix instanceof Uint32Array ? "<u4" : "<f4"
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${size}, ${size}), }`
  // Magic, version and length are 10 bytes; data begins at a multiple of 64, after a newline.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10
  const bytes = new Uint8Array(10 + length + matrix.length * 4)
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, length & 0xff, length >>> 8])
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), 10)
  const view = new DataView(bytes.buffer, 10 + length)
  if (matrix instanceof Uint32Array) matrix.forEach((value, k) => view.setUint32(4 * k, value, true))
  else matrix.forEach((value, k) => view.setFloat32(4 * k, value, true))
  return bytes
}
