/** Elements of a strided view in C order. */

/** Copies the elements of a view in C order, offset and strides in elements; a hot loop without allocation. */
export const inOrder = (
  shape: ReadonlyArray<number>,
  strides: ReadonlyArray<number>,
  offset: number,
  element: (i: number) => number
): Float64Array => {
  const out = new Float64Array(shape.reduce((product, size) => product * size, 1))
  const index = new Uint32Array(shape.length)
  let at = offset
  for (let i = 0; i < out.length; i++) {
    out[i] = element(at)
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!
      if (++index[d]! < shape[d]!) break
      at -= shape[d]! * strides[d]!
      index[d] = 0
    }
  }
  return out
}
