/** A lock between processes: a file that names its holder, taken over when the holder is gone. */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"

/** Who holds a lock. `started` tells a process from a later one of the same number; empty where the system cannot. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  readonly started: string
}

const textOf = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** Boot and clock tick in which a process started, from /proc (proc_pid_stat(5), field 22); empty elsewhere. */
const startOf = (pid: number): string => {
  const boot = textOf("/proc/sys/kernel/random/boot_id")
  const stat = textOf(`/proc/${pid}/stat`)
  if (boot === undefined || stat === undefined) return ""
  // The second field is a name in brackets that may hold blanks and brackets.
  return `${boot.trim()} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`
}

const self = (): LockHolder => ({ pid: process.pid, host: os.hostname(), started: startOf(process.pid) })

const isAlive = ({ pid, host, started }: LockHolder): boolean => {
  // Processes of another machine cannot be asked.
  if (host !== os.hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false
  }
  const now = startOf(pid)
  return started === "" || now === "" || now === started
}

const parse = (text: string): LockHolder | undefined => {
  try {
    const { pid, host, started } = JSON.parse(text)
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, host: String(host), started: String(started) } : undefined
  } catch {
    return undefined
  }
}

/** Puts `text` into a file that is not there yet, all of it at once. False where there is one. */
const create = (file: string, text: string): boolean => {
  const own = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`
  fs.writeFileSync(own, text, { flag: "wx" })
  try {
    fs.linkSync(own, file)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    if (fs.existsSync(file)) return false
    // A file system without links: there the file is for a moment empty, which reads as a lock without a holder.
    fs.writeFileSync(file, text, { flag: "wx" })
    return true
  } finally {
    fs.rmSync(own, { force: true })
  }
}

/** Puts away the lock of a dead process; two that try at once do not put away each other's. */
const discard = (file: string, stale: string): void => {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`
  try {
    fs.renameSync(file, aside)
  } catch {
    return
  }
  // Another process took over in between: what was moved is its lock, so it goes back.
  try {
    if (textOf(aside) !== stale) fs.linkSync(aside, file)
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

/** Takes the lock and returns undefined, or returns who holds it. Throws the file system's error. */
export const takeLock = (file: string): LockHolder | undefined => {
  const text = JSON.stringify(self())
  for (let tries = 0; ; tries++) {
    if (create(file, text)) return undefined
    const held = textOf(file)
    if (held === undefined) continue
    const holder = parse(held)
    if (holder !== undefined && (isAlive(holder) || tries > 8)) return holder
    discard(file, held)
  }
}

/** Who holds a lock; undefined where nobody does, or who did is gone. */
export const lockHolder = (file: string): LockHolder | undefined => {
  const text = textOf(file)
  const holder = text === undefined ? undefined : parse(text)
  return holder !== undefined && isAlive(holder) ? holder : undefined
}

export const releaseLock = (file: string): void => fs.rmSync(file, { force: true })
