export { default } from "@moira/offload"
