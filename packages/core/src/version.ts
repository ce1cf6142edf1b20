/** The version that results and stores name as their maker; written by the `version` script, compared with package.json by the audit. */
export const version = "0.0.0"
