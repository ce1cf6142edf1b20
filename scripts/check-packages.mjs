// Packs every public package and checks the tarballs the way a user would meet them:
// publint, arethetypeswrong, no workspace:/catalog: left, and a clean install + import outside the repository.
import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: "utf8", shell: process.platform === "win32", ...options })

/** A connection that the registry drops must not hold the run for npm's five minutes: stop early, try once more. */
const install = (cwd) => {
  const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--fetch-timeout=20000", "--fetch-retries=3"]
  const attempt = () => run("npm", ["install", ...flags], { cwd, stdio: "pipe", timeout: 120_000 })
  try {
    attempt()
  } catch {
    attempt()
  }
}

/** What a bundle can lose: threads, folders of plug-ins, what draws, and the Effect that it shares with plug-ins from outside. */
const useCommand = (command, cwd) => {
  cpSync("examples/02-new-hardware/ring.ts", join(cwd, "ring.ts"))
  for (const line of [
    "--version",
    "synth --model deepseek-v2-lite --requests 16 --prefill 4 --decode 4 --out twin.moira",
    "analyze twin.moira --workers 2 --out analysis",
    "place twin.moira --machine dgx-h100 --slots 1 --export sglang,trtllm --out place",
    "simulate twin.moira --backend ./ring.ts --machine chiplet-ring-16 --strategy base,moira --batch 64 --steps 2 --workers 2"
  ])
    run(command, line.split(" "), { cwd, stdio: "pipe" })
}

const packages = readdirSync("packages")
  .map((name) => ({
    dir: join("packages", name),
    ...JSON.parse(readFileSync(join("packages", name, "package.json"), "utf8"))
  }))
  .filter((p) => !p.private)
const work = mkdtempSync(join(tmpdir(), "packs-"))
const tarballs = new Map()
let failed = 0

try {
  for (const p of packages) {
    run("pnpm", ["pack", "--out", join(work, `${p.name.replace(/[@/]/g, "_")}.tgz`)], { cwd: p.dir })
    tarballs.set(p.name, join(work, `${p.name.replace(/[@/]/g, "_")}.tgz`))
  }
  const closure = (name, seen = new Set()) => {
    if (tarballs.has(name) && !seen.has(name)) {
      seen.add(name)
      const p = packages.find((candidate) => candidate.name === name)
      for (const dependency of Object.keys({ ...p.dependencies, ...p.peerDependencies })) closure(dependency, seen)
    }
    return seen
  }
  for (const p of packages) {
    try {
      const manifest = run("tar", ["-xOf", tarballs.get(p.name), "package/package.json"])
      if (/"(workspace|catalog):/.test(manifest))
        throw new Error("workspace: or catalog: left in the packed package.json")
      run("publint", ["run", tarballs.get(p.name), "--strict"])
      run("attw", [tarballs.get(p.name), "--profile", "esm-only"])
      const consumer = join(work, `use-${p.name.replace(/[@/]/g, "_")}`)
      execFileSync("mkdir", ["-p", consumer])
      // The tarballs stand in for every range that asks for them: nothing of ours is looked up in the registry.
      const ours = Object.fromEntries([...closure(p.name)].map((name) => [name, `file:${tarballs.get(name)}`]))
      const asked = { name: "consumer", private: true, type: "module", dependencies: ours, overrides: ours }
      writeFileSync(join(consumer, "package.json"), JSON.stringify(asked))
      install(consumer)
      const exported = run(
        "node",
        ["-e", `import(${JSON.stringify(p.name)}).then((m) => console.log(Object.keys(m).join(" ")))`],
        { cwd: consumer }
      )
      for (const bin of Object.keys(p.bin ?? {})) useCommand(join("node_modules", ".bin", bin), consumer)
      console.log(`ok      ${p.name}@${p.version}: ${exported.trim()}`)
    } catch (error) {
      failed++
      console.log(`FAILED  ${p.name}: ${error.message}\n${error.stdout ?? ""}`)
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(`packages: ${packages.length - failed} well-formed, ${failed} not`)
process.exit(failed === 0 ? 0 : 1)
