/** Files that appear whole or not at all. */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeDirectory } from "./make-directory.ts"

/** A sibling name for `target` that no other process uses. */
const sibling = (target: string): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`)

/** Writes, flushes and renames; on any failure the old file stays. Throws the file system's error. */
export const writeFileAtomic = (target: string, data: string | Uint8Array): void => {
  const temporary = sibling(target)
  try {
    makeDirectory(path.dirname(target))
    const fd = fs.openSync(temporary, "wx")
    try {
      fs.writeFileSync(fd, data)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    fs.renameSync(temporary, target)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
}

/** What systems answer that cannot open or flush directories; renames are atomic there all the same. */
const unsupported: ReadonlySet<string> = new Set(
  process.platform === "win32" ? ["EPERM", "EISDIR", "EACCES", "EINVAL"] : ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]
)

/** Makes renames in a directory last through a loss of power, where the file system can. Throws its error, with the directory's name. */
export const flushDirectory = (directory: string): void => {
  let fd = -1
  try {
    fd = fs.openSync(directory, "r")
    fs.fsyncSync(fd)
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
    if (unsupported.has(code)) return
    const why = cause instanceof Error ? cause.message : String(cause)
    throw Object.assign(new Error(`the folder ${directory} cannot be flushed to disk: ${why}`, { cause }), { code })
  } finally {
    if (fd >= 0) fs.closeSync(fd)
  }
}
