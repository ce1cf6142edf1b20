import { predictorConformance } from "@moira/forecast/testing"
import predictor from "../src/index.ts"

predictorConformance(predictor)
