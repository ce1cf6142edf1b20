/** Makes a directory with its parents. Node's own `recursive` never returns where a file system refuses with ENOENT (as /proc does). */
import * as fs from "node:fs"
import * as path from "node:path"

/** As `mkdir -p`: nothing where it is there already; throws what the file system says, naming the directory. */
export const makeDirectory = (directory: string): void => {
  try {
    fs.mkdirSync(directory)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const parent = path.dirname(directory)
    if (code === "ENOENT" && parent !== directory && !fs.existsSync(parent)) {
      makeDirectory(parent)
      fs.mkdirSync(directory)
      return
    }
    if (code !== "EEXIST" || !fs.statSync(directory).isDirectory()) throw cause
  }
}
