/** Where arrays lie in a module's memory. */

/** The first page is left to the module. */
export const pageBytes = 1 << 16

/** Addresses of arrays of so many bytes each, one after the other and on whole vectors, and how many bytes that makes. */
export const layOut = <K extends string>(sizes: Readonly<Record<K, number>>) => {
  let bytes = pageBytes
  const at = {} as Record<K, number>
  for (const name of Object.keys(sizes) as Array<K>) {
    at[name] = bytes
    bytes = Math.ceil((bytes + sizes[name]) / 16) * 16
  }
  return { bytes, at }
}
