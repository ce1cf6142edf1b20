const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

const cpuSeconds = async (run) => {
  globalThis.gc?.()
  const before = process.cpuUsage()
  await run()
  const used = process.cpuUsage(before)
  return (used.user + used.system) / 1e6
}

export const compare = async (title, candidates, { rounds = 5 } = {}) => {
  for (const { run } of candidates) await run()
  const times = candidates.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of candidates.entries()) times[i].push(await cpuSeconds(run))
  }
  console.log(`\n${title} (CPU time, median of ${rounds} interleaved rounds; baseline: ${candidates[0].name})`)
  return candidates.map(({ name, amount, unit = "" }, i) => {
    const ratios = times[i].map((t, round) => times[0][round] / t)
    const [cpu, ratio] = [median(times[i]), median(ratios)]
    const spread = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`
    const rate = amount === undefined ? "" : `${(amount / cpu).toPrecision(3)} ${unit}/s`
    console.log(
      `  ${name.padEnd(44)} ${(1000 * cpu).toFixed(1).padStart(9)} ms ${rate.padStart(18)} ${ratio.toFixed(2).padStart(8)} x  [${spread}]`
    )
    return { name, cpuSeconds: cpu, ratio }
  })
}
