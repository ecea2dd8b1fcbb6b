// What names and labels of the generated inventories are made of. 104 areas × 100 functions name 10,400 services.

export const AREAS = `
account advert album analytics announcement archive article audience audio avatar banner basket billing biometric blog
bonus booking brand bridge broker calendar campaign captcha carrier catalog channel chat checkout claim client clinic
comment commerce contact content contract coupon courier creator credit currency customer dashboard dating delivery
device dispute document domain donation driver ecard education email emoji enterprise event expense family feed fleet
forum fraud friend game gift grocery group health hotel identity image insurance inventory invoice keyboard kiosk
language ledger library license livestream location loyalty luggage manga map market media membership merchant message
mobile movie music news notice
`
  .trim()
  .split(/\s+/u);

export const FUNCTIONS = `
accounting adapter agent aggregator alerting allocation approval assembly assignment attestation auction audit
authorization automation backup balance batching broadcast browser builder bundler caching capture charging checker
classifier cleanup clearing collector compiler composer compression connector console control conversion copier counter
crawler curation decoder delegation detection directory discovery dispatch distribution download editor encoder
encryption enrichment escalation estimation evaluation execution exporting extraction filtering forecast formatter
forwarding generator geocoding handover history hosting importing indexing ingestion inspection intake judging kernel
labelling launcher linking listing loader locator logging lookup mailer matching merging metering migration moderation
monitoring naming notifier optimizer ordering packaging
`
  .trim()
  .split(/\s+/u);

/** What a project of a service is, and the word its hosts are named by. */
export const ROLES = [
  { name: "web", host: "web" },
  { name: "api", host: "api" },
  { name: "worker", host: "wrk" },
  { name: "storage", host: "db" },
  { name: "cache", host: "cache" },
  { name: "queue", host: "mq" },
  { name: "search", host: "srch" },
  { name: "gateway", host: "gw" },
  { name: "console", host: "con" },
] as const;

export const SHARDS = [
  { name: "tokyo-a", region: "tokyo", site: "tyo" },
  { name: "tokyo-b", region: "tokyo", site: "tyo" },
  { name: "osaka-a", region: "osaka", site: "osa" },
  { name: "osaka-b", region: "osaka", site: "osa" },
  { name: "singapore-a", region: "singapore", site: "sin" },
  { name: "frankfurt-a", region: "frankfurt", site: "fra" },
  { name: "oregon-a", region: "oregon", site: "pdx" },
  { name: "virginia-a", region: "virginia", site: "iad" },
] as const;

/** Presets of promgen.yml, with the ports their projects document. */
export const PRESETS = {
  node: 9100,
  mysqld: 9104,
  nginx: 9113,
  redis: 9121,
  memcached: 9150,
  postgres: 9187,
  process: 9256,
  kafka: 9308,
} as const;

export const DESCRIPTIONS = [
  "Owned by the platform group",
  "Customer facing, 24 hours on call",
  "Batch and online parts, see the runbook in the wiki",
  "Moved out of the monolith in 2019",
  "決済と請求の基盤",
  "配信サーバー、東京と大阪",
  "Behind the edge proxies",
  "Internal only",
] as const;
