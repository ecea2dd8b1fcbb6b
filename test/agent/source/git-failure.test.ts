import * as assert from "uvu/assert";
import type { Reason } from "../../../src/agent/failure.ts";
import { gitFailure, mayBeDamage } from "../../../src/agent/source/git-failure.ts";
import { parseGitUrl } from "../../../src/agent/source/git-url.ts";
import { describe } from "../../describe.ts";
import { startCpuWatch } from "../../stopwatch.ts";
import { CANARY } from "./artifacts.ts";

const HTTPS = parseGitUrl("git+https://git.example.com/b.git", false);
const URL = HTTPS.url;

/** As git 2.39 and 2.47 write them. */
const WORDS: readonly (readonly [string, Reason])[] = [
  [`fatal: unable to access '${URL}/': Could not resolve host: git.example.com`, "unreachable"],
  [
    `fatal: unable to access '${URL}/': Failed to connect to git.example.com port 443 after 1 ms: Couldn't connect to server`,
    "unreachable",
  ],
  [
    `fatal: unable to access '${URL}/': server certificate verification failed. CAfile: none CRLfile: none`,
    "unreachable",
  ],
  [`fatal: unable to access '${URL}/': SSL certificate problem: unable to get local issuer certificate`, "unreachable"],
  [`fatal: unable to access '${URL}/': The requested URL returned error: 403`, "unauthorized"],
  [`fatal: unable to access '${URL}/': The requested URL returned error: 401`, "unauthorized"],
  [`fatal: unable to access '${URL}/': The requested URL returned error: 429`, "throttled"],
  [`fatal: unable to access '${URL}/': CONNECT tunnel failed, response 407`, "unauthorized"],
  [`fatal: unable to access '${URL}/': Received HTTP code 407 from proxy after CONNECT`, "unauthorized"],
  [`fatal: unable to access '${URL}/': Unsupported proxy syntax in 'user:${CANARY}'`, "configuration"],
  [`fatal: could not read Username for 'https://git.example.com': terminal prompts disabled`, "unauthorized"],
  [`fatal: Authentication failed for '${URL}/'`, "unauthorized"],
  [`fatal: repository '${URL}/' not found`, "unreachable"],
  [
    "fatal: '/srv/b.git' does not appear to be a git repository\nfatal: Could not read from remote repository.",
    "unreachable",
  ],
  ["fatal: detected dubious ownership in repository at '/srv/b.git'", "permission"],
  ["error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF", "unreachable"],
  ["fatal: the remote end hung up unexpectedly", "unreachable"],
  ["fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output", "disk-full"],
  ["error: unknown option `no-write-fetch-head'\nusage: git fetch [<options>]", "configuration"],
];

describe("words of git", (it) => {
  for (const [words, reason] of WORDS) {
    it(`is ${reason}, and nothing that a new clone would mend: ${words.split("\n")[0]}`, () => {
      const failure = gitFailure(words, HTTPS, undefined);
      assert.is(failure.reason, reason);
      assert.not.match(failure.message, CANARY);
      assert.ok(failure.help);
      assert.not.ok(mayBeDamage(words));
    });
  }

  it("may be a damaged clone where git says nothing of the other side", () => {
    for (const words of [
      "fatal: not a git repository: '/var/lib/promgen-agent/clone.git'",
      "fatal: bad config line 1 in file /var/lib/promgen-agent/clone.git/config",
      "error: object file is empty\nfatal: loose object 1234 is corrupt",
      "fatal: bad shallow line: x",
      "git ended with a signal",
    ]) {
      assert.ok(mayBeDamage(words), words);
    }
  });

  it("quotes ssh where git only says that it got nothing", () => {
    const ssh = "ssh: connect to host git.example.com port 22: Connection refused";
    const words = `${ssh}\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights`;
    const { message } = gitFailure(words, HTTPS, undefined);
    assert.ok(message.endsWith(`: ${ssh}`), message);
    assert.not.ok(mayBeDamage(words));
    assert.match(gitFailure("fatal: Could not read from remote repository.", HTTPS, undefined).message, "remote");
  });

  it("tells a certificate for another name, or of another time, from one that --ca would mend", () => {
    for (const [words, message] of [
      ["SSL: no alternative certificate subject name matches target host name '127.0.0.1'", "for another name"],
      ["SSL: certificate subject name (x) does not match target host name 'y'", "for another name"],
      ["SSL certificate problem: certificate has expired", "at this time"],
      ["SSL certificate problem: certificate is not yet valid", "at this time"],
      ["SSL certificate problem: self-signed certificate", "trusted here"],
    ] as const) {
      const failure = gitFailure(`fatal: unable to access '${URL}/': ${words}`, HTTPS, undefined);
      assert.match(failure.message, message);
      assert.is(failure.help?.includes("--ca"), message === "trusted here");
    }
  });

  it("takes as long as git's words are, whatever the other side makes them of", () => {
    const watch = startCpuWatch();
    for (const part of ["a", "'", "://", "a://", "//", "@", " "])
      gitFailure(`fatal: remote error: ${part.repeat(100_000)}`, HTTPS, undefined);
    assert.ok(watch() < 2000, `${watch()} ms`);
  });

  it("quotes git's own word, whatever it calls it and whatever stands around it", () => {
    for (const prefix of ["fatal: ", "error: ", "ERROR:"])
      assert.match(gitFailure(`hint: x\n  ${prefix}odd \nhint: y`, HTTPS, undefined).message, / cannot be read: odd$/);
  });

  it("quotes what it does not know, without credentials", () => {
    const secret = "Basic dXNlcjpwYXNz";
    const words = `hint: x\nfatal: odd: https://user:pass@git.example.com/ sent ${secret} and dXNlcjpwYXNz`;
    const { message, reason } = gitFailure(words, HTTPS, secret);
    assert.is(reason, "unreachable");
    assert.ok(message.endsWith(": odd: https://git.example.com/ sent … and …"), message);
  });
});
