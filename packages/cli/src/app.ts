/** The command tree. */
import { Command } from "effect/cli"
import { adviseCommand } from "./commands/advise.ts"
import { analyzeCommand } from "./commands/analyze.ts"
import { demoCommand } from "./commands/demo.ts"
import { fetchCommand } from "./commands/fetch.ts"
import { forecastCommand } from "./commands/forecast.ts"
import { infoCommand } from "./commands/info.ts"
import { ingestCommand } from "./commands/ingest.ts"
import { insightsCommand } from "./commands/insights.ts"
import { mergeCommand } from "./commands/merge.ts"
import { offloadCommand } from "./commands/offload.ts"
import { placeCommand } from "./commands/place.ts"
import { reproduceCommand } from "./commands/reproduce.ts"
import { reportCommand } from "./commands/report.ts"
import { simulateCommand } from "./commands/simulate.ts"
import { synthCommand } from "./commands/synth.ts"

export const app = Command.make("moira").pipe(
  Command.withDescription("Forecasts data movement in MoE inference and shows what acting on it is worth"),
  Command.withSubcommands([
    fetchCommand,
    ingestCommand,
    synthCommand,
    mergeCommand,
    infoCommand,
    analyzeCommand,
    insightsCommand,
    adviseCommand,
    forecastCommand,
    placeCommand,
    simulateCommand,
    offloadCommand,
    reproduceCommand,
    reportCommand,
    demoCommand
  ])
)
