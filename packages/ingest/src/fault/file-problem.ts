/** What the file system said about a file, in plain words; worker threads use it as well. */

const code = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

/** The fields of the error of reading `path`. */
export const describeFileProblem = (
  path: string,
  cause: unknown
): {
  readonly reason: "NotFound" | "Unreadable"
  readonly where: string
  readonly what: string
  readonly hint: string
} =>
  code(cause) === "ENOENT"
    ? {
        reason: "NotFound",
        where: path,
        what: "no such file or folder",
        hint: "check the spelling; paths are relative to the working directory"
      }
    : {
        reason: "Unreadable",
        where: path,
        what: `cannot be read: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`,
        hint: "check that it is a file you may read"
      }
