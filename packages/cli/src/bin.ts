#!/usr/bin/env node
// Checked before anything else is loaded: an older Node lacks zstd and fails in ways that say nothing.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`moira: Node ${process.version} is too old; hint: install Node 22.19 or newer\n`)
  process.exit(1)
}
const { keepCompiled } = await import("./compile-cache.ts")
keepCompiled()
const { main } = await import("./main.ts")
main()
