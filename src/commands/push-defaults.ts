/** What is taken where a command line does not say otherwise. Apart, so that reading one loads nothing else. */

/** Where `publish branch` publishes to. */
export const DEFAULT_PUBLISHED = "branch:artifacts";
/** Where an agent with `--listen 0.0.0.0:9914` is asked. */
export const DEFAULT_AGENTS = "http://{host}:9914/metrics";
