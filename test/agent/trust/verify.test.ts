import { existsSync } from "node:fs";
import { chmod, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { TrustConfig } from "../../../src/agent/config.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { SignatureTrouble, Verifier } from "../../../src/agent/trust/signature.ts";
import { SignatureFailure } from "../../../src/agent/trust/signature.ts";
import { openVerifier } from "../../../src/agent/trust/verify.ts";
import { describe, notRun } from "../../describe.ts";
import { endsSoon } from "../../stopwatch.ts";
import { isInstalled, run, withDirectory } from "../../workplace.ts";

const SUMS = "# promgen-gen 1 shard=a generation=1\n";
const NOBODY_WAITS = new AbortController().signal;

/** A directory with keys, and what can be done with them. */
class Keys {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Makes a key pair; gives the public key as a line. */
  async make(name: string): Promise<string> {
    await this.#run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name);
    return (await this.#run("cat", `${name}.pub`)).trim();
  }

  async sign(name: string, namespace = "promgen-gen", text = SUMS): Promise<Buffer> {
    await writeFile(this.path("message"), text);
    await rm(this.path("message.sig"), { force: true });
    await this.#run("ssh-keygen", "-q", "-Y", "sign", "-f", name, "-n", namespace, "message");
    return Buffer.from(await this.#run("cat", "message.sig"));
  }

  /** Writes an allowed_signers file. */
  async allow(...lines: readonly string[]): Promise<string> {
    await writeFile(this.path("allowed_signers"), lines.map((line) => `${line}\n`).join(""));
    return this.path("allowed_signers");
  }

  async #run(...command: readonly string[]): Promise<string> {
    const ran = await run(this.directory, command);
    assert.is(ran.exit, 0, ran.stderr);
    return ran.stdout;
  }
}

async function withKeys(act: (keys: Keys) => Promise<void>): Promise<void> {
  await withDirectory({}, async (directory) => await act(new Keys(directory)));
}

/** The digest of who may sign. */
async function signersOf(trust: Trust): Promise<string | undefined> {
  return await openVerifier(trust)?.signers();
}

type Trust = Partial<Pick<TrustConfig, "allowedSigners" | "identity" | "revokedKeys">>;

async function verify(trust: Trust, signature: Uint8Array | undefined, sums = SUMS): Promise<string> {
  const verifier = openVerifier({ bootstrap: false, maxRemovedPercent: 50, ...trust });
  assert.ok(verifier);
  return await verifier.verify(Buffer.from(sums), signature, NOBODY_WAITS);
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(failure, Failure);
  assert.ok((failure as Failure).help);
  return failure as Failure;
}

async function refuses(trouble: SignatureTrouble, trust: Trust, signature?: Uint8Array, sums?: string): Promise<void> {
  const failure = await failureOf(verify(trust, signature, sums));
  assert.instance(failure, SignatureFailure, failure.message);
  assert.is(failure.reason, "signature");
  assert.is((failure as SignatureFailure).trouble, trouble, failure.message);
}

describe("openVerifier", (it) => {
  it("asks for nothing where no allowed_signers file is configured", () => {
    assert.is(openVerifier({ bootstrap: false, maxRemovedPercent: 50 }), undefined);
  });

  it("tells by a digest whether somebody else may sign", async () => {
    await withDirectory({ allowed: "a", revoked: "" }, async (directory) => {
      const [allowedSigners, revokedKeys] = [join(directory, "allowed"), join(directory, "revoked")];
      const trusts: Trust[] = [
        { allowedSigners },
        { allowedSigners, revokedKeys },
        { allowedSigners, identity: "ci" },
        { allowedSigners: join(directory, "gone") },
      ];
      const seen = await Promise.all(trusts.map(signersOf));
      assert.equal(await signersOf({ allowedSigners }), seen[0]);
      await writeFile(revokedKeys, "b");
      seen.push(await signersOf({ allowedSigners, revokedKeys }));
      await writeFile(allowedSigners, "b");
      seen.push(await signersOf({ allowedSigners }));
      assert.is(new Set(seen).size, 6);
    });
  });

  it("refuses to check nothing where an identity or revoked keys are given alone", () => {
    for (const trust of [{ identity: "ci@example.com" }, { revokedKeys: "/etc/revoked" }]) {
      try {
        openVerifier({ bootstrap: false, maxRemovedPercent: 50, ...trust });
        assert.unreachable();
      } catch (error) {
        assert.is((error as Failure).reason, "configuration");
      }
    }
  });
});

if (await isInstalled("ssh-keygen")) {
  describe("signatures", (it) => {
    it("are accepted by a known key, with and without an identity", async () => {
      await withKeys(async (keys) => {
        const allowedSigners = await keys.allow("# publishers", "", `ci@example.com ${await keys.make("ci")}`);
        const signature = await keys.sign("ci");
        assert.is(await verify({ allowedSigners }, signature), "ci@example.com");
        assert.is(await verify({ allowedSigners, identity: "ci@example.com" }, signature), "ci@example.com");
      });
    });

    it("are refused where there is none, or something that is none", async () => {
      await withKeys(async (keys) => {
        const allowedSigners = await keys.allow(`ci@example.com ${await keys.make("ci")}`);
        const good = await keys.sign("ci");
        await refuses("missing", { allowedSigners });
        await refuses("missing", { allowedSigners }, Buffer.alloc(0));
        await refuses("malformed", { allowedSigners }, Buffer.alloc(10 << 20, "x"));
        for (const identity of [undefined, "ci@example.com"]) {
          const trust = { allowedSigners, ...(identity === undefined ? {} : { identity }) };
          for (const bytes of [
            "\n",
            "garbage",
            "<html>",
            good.subarray(0, 100),
            good.subarray(0, -30),
            `x\n${String(good)}`,
          ]) {
            await refuses("malformed", trust, Buffer.from(bytes));
          }
        }
      });
    });

    it("are refused for other bytes than those that were signed", async () => {
      await withKeys(async (keys) => {
        const allowedSigners = await keys.allow(`ci@example.com ${await keys.make("ci")}`);
        const good = await keys.sign("ci");
        for (const sums of ["", `${SUMS} `, SUMS.replace("=1", "=2")]) {
          await refuses("mismatch", { allowedSigners }, good, sums);
        }
      });
    });

    it("are refused by another key, for another purpose, and for another identity", async () => {
      await withKeys(async (keys) => {
        const ci = await keys.make("ci");
        const other = await keys.make("other");
        const allowedSigners = await keys.allow(`ci@example.com ${ci}`);
        await refuses("unknown-key", { allowedSigners }, await keys.sign("other"));
        await refuses("unknown-key", { allowedSigners, identity: "ci@example.com" }, await keys.sign("other"));
        await refuses("namespace", { allowedSigners }, await keys.sign("ci", "git"));
        await refuses("other-identity", { allowedSigners, identity: "ops@example.com" }, await keys.sign("ci"));
        const asOps = { allowedSigners, identity: "ops@example.com" };
        const { message } = await failureOf(verify(asOps, await keys.sign("ci")));
        // Whole: an identity looks like what is left out of URLs.
        assert.match(message, "by `ci@example.com`, and `ops@example.com` is asked for");
        assert.match((await failureOf(verify(asOps, await keys.sign("other")))).message, "`ops@example.com`");
        const both = await keys.allow(`ci@example.com ${ci}`, `ops@example.com ${other}`);
        await refuses("other-identity", { allowedSigners: both, identity: "ops@example.com" }, await keys.sign("ci"));
        const forGit = await keys.allow(`ci@example.com namespaces="git,file" ${ci}`);
        await refuses("not-allowed", { allowedSigners: forGit }, await keys.sign("ci"));
      });
    });

    it("are accepted by the old and the new key while both have a line, in both orders", async () => {
      await withKeys(async (keys) => {
        const lines = [`ci@example.com ${await keys.make("old")}`, `ci@example.com ${await keys.make("new")}`];
        const signatures = [await keys.sign("old"), await keys.sign("new")];
        for (const order of [lines, lines.toReversed()]) {
          const allowedSigners = await keys.allow(...order);
          for (const signature of signatures) {
            assert.is(await verify({ allowedSigners }, signature), "ci@example.com");
            assert.is(await verify({ allowedSigners, identity: "ci@example.com" }, signature), "ci@example.com");
          }
        }
        const allowedSigners = await keys.allow(lines[1] ?? "");
        await refuses("unknown-key", { allowedSigners }, signatures[0]);
        assert.is(await verify({ allowedSigners }, signatures[1]), "ci@example.com");
      });
    });

    it("are refused outside of the time that the key has, and accepted within it", async () => {
      await withKeys(async (keys) => {
        const key = await keys.make("ci");
        const signature = await keys.sign("ci");
        for (const identity of [undefined, "ci@example.com"]) {
          const trust = identity === undefined ? {} : { identity };
          const dated = async (dates: string): Promise<Trust> => ({
            ...trust,
            allowedSigners: await keys.allow(`ci@example.com ${dates} ${key}`),
          });
          await refuses("expired", await dated('valid-before="20200101"'), signature);
          await refuses("not-yet-valid", await dated('valid-after="20990101"'), signature);
          assert.is(
            await verify(await dated('valid-after="20200101",valid-before="20990101"'), signature),
            "ci@example.com",
          );
        }
      });
    });

    it("are refused by a revoked key, in both kinds of lists, and accepted by the others", async () => {
      await withKeys(async (keys) => {
        const ci = await keys.make("ci");
        const other = await keys.make("other");
        const allowedSigners = await keys.allow(`ci@example.com ${ci}`, `ops@example.com ${other}`);
        const revokedKeys = keys.path("revoked");
        await writeFile(revokedKeys, `${ci}\n`);
        await refuses("revoked", { allowedSigners, revokedKeys }, await keys.sign("ci"));
        await refuses("revoked", { allowedSigners, revokedKeys, identity: "ci@example.com" }, await keys.sign("ci"));
        assert.is(await verify({ allowedSigners, revokedKeys }, await keys.sign("other")), "ops@example.com");
        const list = await run(keys.directory, ["ssh-keygen", "-q", "-k", "-f", "list", "ci.pub"]);
        assert.is(list.exit, 0);
        await refuses("revoked", { allowedSigners, revokedKeys: keys.path("list") }, await keys.sign("ci"));
      });
    });

    it("cannot be checked against files that are not there, not readable or empty: nothing is accepted then", async () => {
      await withKeys(async (keys) => {
        const allowedSigners = await keys.allow(`ci@example.com ${await keys.make("ci")}`);
        const signature = await keys.sign("ci");
        await writeFile(keys.path("empty"), "# nobody\n\n");
        await writeFile(keys.path("garbage"), "garbage\n");
        const trusts: (readonly [Trust, RegExp])[] = [
          [{ allowedSigners: keys.path("missing") }, /allowed signers .*\(ENOENT\)/],
          [{ allowedSigners: keys.directory }, /allowed signers .*\(EISDIR\)/],
          [{ allowedSigners: keys.path("empty") }, /nobody/],
          [{ allowedSigners, revokedKeys: keys.path("missing") }, /revoked keys .*\(ENOENT\)/],
          [{ allowedSigners, revokedKeys: keys.directory }, /revoked keys .*\(EISDIR\)/],
          [{ allowedSigners, revokedKeys: keys.path("garbage") }, /cannot use the revoked keys/],
        ];
        for (const [trust, words] of trusts) {
          const failure = await failureOf(verify(trust, signature));
          assert.is(failure.reason, "configuration", failure.message);
          assert.match(failure.message, words);
        }
        await refuses("unknown-key", { allowedSigners: keys.path("garbage") }, signature);
      });
    });

    it("take names of files and identities for nothing else", async () => {
      await withKeys(async (keys) => {
        const key = await keys.make("ci");
        const signature = await keys.sign("ci");
        for (const name of ["-r", "--", "a b; touch x", "$(touch x)", "ü\n"]) {
          await writeFile(keys.path(name), `-I@example.com ${key}\n`);
          const trust = { allowedSigners: keys.path(name), identity: "-I@example.com" };
          assert.is(await verify(trust, signature), "-I@example.com");
        }
        assert.not.ok((await readdir(keys.directory)).includes("x"));
      });
    });
  });
} else notRun("signatures", "ssh-keygen is not installed");

/** A program in place of ssh-keygen. */
async function withProgram(
  script: string,
  act: (path: string, allowedSigners: string) => Promise<void>,
): Promise<void> {
  const files = { program: `#!/bin/sh\n${script}\n`, allowed: "ci@example.com ssh-ed25519 AAAA\n" };
  await withDirectory(files, async (directory) => {
    await chmod(join(directory, "program"), 0o755);
    await act(join(directory, "program"), join(directory, "allowed"));
  });
}

function verifierWith(path: string, allowedSigners: string, seconds = 60): Verifier {
  const verifier = openVerifier({ allowedSigners, identity: "ci@example.com" }, { path, seconds });
  assert.ok(verifier);
  return verifier;
}

async function failureWith(path: string, allowedSigners: string, seconds?: number): Promise<Failure> {
  const verifier = verifierWith(path, allowedSigners, seconds);
  return await failureOf(verifier.verify(Buffer.alloc(1 << 20), Buffer.from("signature"), NOBODY_WAITS));
}

describe("ssh-keygen", (it) => {
  it("is missed with words that say what to install", async () => {
    await withProgram("", async (path, allowedSigners) => {
      const failure = await failureWith(`${path}-missing`, allowedSigners);
      assert.is(failure.reason, "configuration");
      assert.match(failure.help ?? "", /openssh/);
      await chmod(path, 0o644);
      assert.is((await failureWith(path, allowedSigners)).reason, "configuration");
    });
  });

  it("that is too old for signatures says so itself", async () => {
    await withProgram("echo 'unknown option -- Y' >&2; exit 1", async (path, allowedSigners) => {
      const failure = await failureWith(path, allowedSigners);
      assert.is(failure.reason, "configuration");
      assert.match(failure.message, /too old/);
    });
  });

  it("that does not work for a user without a name, as in a container, has refused nothing", async () => {
    await withProgram("echo 'No user exists for uid 4242' >&2; exit 255", async (path, allowedSigners) => {
      const failure = await failureWith(path, allowedSigners);
      assert.is(failure.reason, "configuration");
      assert.match(failure.message, /user 4242/);
    });
  });

  it("that says no in other words is believed", async () => {
    await withProgram("echo 'something new' >&2; exit 1", async (path, allowedSigners) => {
      assert.is(((await failureWith(path, allowedSigners)) as SignatureFailure).trouble, "refused");
    });
  });

  it("that hangs, even with children of its own, is given up", async () => {
    await withProgram("sleep 40", async (path, allowedSigners) => {
      // Nobody has refused the signature: this host could not look at it.
      const failure = await endsSoon(() => failureWith(path, allowedSigners, 0.3));
      assert.is(failure.reason, "configuration");
    });
  });

  it("ends with the run, before and while it works", async () => {
    await withProgram("sleep 40", async (path, allowedSigners) => {
      for (const signal of [AbortSignal.abort(), AbortSignal.timeout(100)]) {
        const verifier = verifierWith(path, allowedSigners);
        const verify = async (): Promise<unknown> => await verifier.verify(Buffer.from(SUMS), Buffer.from("x"), signal);
        const error = await endsSoon(() => verify().then(String, (thrown: unknown) => thrown));
        assert.not.instance(error, Failure, "the signature is not to blame");
        assert.is((error as Error).name, "AbortError");
      }
    });
  });

  it("gets the signature in a file that nobody else can read, and that is gone afterwards", async () => {
    for (const exit of [0, 1]) {
      // The tenth argument of the first call is the file of the signature.
      const script = `[ -e "$0.seen" ] || (dirname "\${10}"; stat -c %a "$(dirname "\${10}")" "\${10}"; cat "\${10}") > "$0.seen"; exit ${exit}`;
      await withProgram(script, async (path, allowedSigners) => {
        const verifier = verifierWith(path, allowedSigners);
        const verified = verifier.verify(Buffer.from(SUMS), Buffer.from("signature"), NOBODY_WAITS);
        if (exit === 0) assert.is(await verified, "ci@example.com");
        else await failureOf(verified);
        const [directory = "", ...seen] = (await readFile(`${path}.seen`, "utf8")).split("\n");
        assert.equal(seen, ["700", "600", "signature"]);
        assert.not(existsSync(directory), directory);
      });
    }
  });
});
