/** A file that is not what the writers of this package make; `offset` is where in the file, where it is at one place. */
export class BadParquet extends Error {
  readonly offset: number | undefined
  constructor(message: string, offset?: number, options?: ErrorOptions) {
    super(message, options)
    this.offset = offset
  }
}
