export { default } from "@moira/wafer"
