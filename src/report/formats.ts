/**
 * The names of the formats, apart from their code, so that the command line knows them without loading it.
 */

/** What `--format` takes, the default first. */
export const FORMATS = ["text", "json", "github", "sarif", "junit"] as const;

export type Format = (typeof FORMATS)[number];
