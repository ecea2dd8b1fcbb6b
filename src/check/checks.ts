/** Every rule about meaning, in the order in which they run. */
import { addressInvalidHost } from "./address-invalid-host.ts";
import { addressIpv6 } from "./address-ipv6.ts";
import { addressNonCanonical } from "./address-non-canonical.ts";
import { addressPath } from "./address-path.ts";
import { addressPortInHost } from "./address-port-in-host.ts";
import { addressPortRange } from "./address-port-range.ts";
import { addressProbeTarget } from "./address-probe-target.ts";
import { addressRange } from "./address-range.ts";
import { addressScheme } from "./address-scheme.ts";
import { addressScrapeTimeout } from "./address-scrape-timeout.ts";
import { addressSpecialAddress } from "./address-special-address.ts";
import { addressSuspiciousPort } from "./address-suspicious-port.ts";
import { addressUrlInHost } from "./address-url-in-host.ts";
import { addressWhitespace } from "./address-whitespace.ts";
import { allowedValues } from "./label-allowed-values.ts";
import { emptyOrControl } from "./label-empty-or-control.ts";
import { highCardinality } from "./label-high-cardinality.ts";
import { inconsistent } from "./label-inconsistent.ts";
import { invalidName } from "./label-invalid-name.ts";
import { nearMissName } from "./label-near-miss-name.ts";
import { required } from "./label-required.ts";
import { reserved } from "./label-reserved.ts";
import { shadowsBuiltin } from "./label-shadows-builtin.ts";
import { missingKey } from "./schema-missing-key.ts";
import { secretInData } from "./security-secret-in-data.ts";
import { duplicateAcrossShards } from "./topology-duplicate-across-shards.ts";
import { duplicateId } from "./topology-duplicate-id.ts";
import { duplicateTarget } from "./topology-duplicate-target.ts";
import { emptyProject } from "./topology-empty-project.ts";
import { emptyShard } from "./topology-empty-shard.ts";
import { farmAndHosts } from "./topology-farm-and-hosts.ts";
import { jobCollision } from "./topology-job-collision.ts";
import { shardLimit } from "./topology-shard-limit.ts";
import { shardWithoutServers } from "./topology-shard-without-servers.ts";
import { sharedTarget } from "./topology-shared-target.ts";
import { similarId } from "./topology-similar-id.ts";
import { unknownRef } from "./topology-unknown-ref.ts";
import type { Rule } from "./rule.ts";

export const CHECKS: readonly Rule[] = [
  addressInvalidHost,
  addressIpv6,
  addressNonCanonical,
  addressPath,
  addressPortInHost,
  addressPortRange,
  addressProbeTarget,
  addressRange,
  addressScheme,
  addressScrapeTimeout,
  addressSpecialAddress,
  addressSuspiciousPort,
  addressUrlInHost,
  addressWhitespace,
  allowedValues,
  emptyOrControl,
  highCardinality,
  inconsistent,
  invalidName,
  nearMissName,
  required,
  reserved,
  shadowsBuiltin,
  missingKey,
  secretInData,
  duplicateAcrossShards,
  duplicateId,
  duplicateTarget,
  emptyProject,
  emptyShard,
  farmAndHosts,
  jobCollision,
  shardLimit,
  shardWithoutServers,
  sharedTarget,
  similarId,
  unknownRef,
];
