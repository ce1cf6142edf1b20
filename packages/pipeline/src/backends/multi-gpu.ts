export { default } from "@moira/multi-gpu"
