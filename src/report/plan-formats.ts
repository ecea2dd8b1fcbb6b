/**
 * The names of the formats of plans, apart from their code, so that the command line knows them without loading it.
 */

/** What `plan --format` takes, the default first. */
export const PLAN_FORMATS = ["text", "json", "markdown"] as const;

export type PlanFormat = (typeof PLAN_FORMATS)[number];
