/** A list of ids that grows, without an object for each. */
export class GrowingIds {
  private values = new Int32Array(1 << 12)
  length = 0

  push(id: number): void {
    if (this.length === this.values.length) {
      const grown = new Int32Array(this.values.length * 2)
      grown.set(this.values)
      this.values = grown
    }
    this.values[this.length++] = id
  }

  append(ids: Int32Array): void {
    for (let i = 0; i < ids.length; i++) this.push(ids[i]!)
  }

  /** The ids so far; valid until the next `push`. */
  view(): Int32Array {
    return this.values.subarray(0, this.length)
  }
}
