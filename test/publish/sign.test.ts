import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Io } from "../../src/io.ts";
import { runProgram } from "../../src/publish/run-program.ts";
import { openSigner } from "../../src/publish/sign.ts";
import { isSignatureOf, signatureKey } from "../../src/publish/ssh-signature.ts";
import { describe, notRun } from "../describe.ts";
import { refusalOf } from "../refusal.ts";
import { environment, inProcess, isInstalled, run, withDirectory } from "../workplace.ts";

/** An Io in a directory, with its own place for temporary files in the environment of what is run. */
async function withIo<T>(directory: string, env: Io["env"], act: (io: Io) => Promise<T>): Promise<T> {
  let result: T | undefined;
  await inProcess(directory, async (io) => {
    result = await act({ ...io, env: { ...environment(directory), ...env } });
    return 0;
  });
  return result as T;
}

async function makeKey(directory: string, name: string, ...options: readonly string[]): Promise<string> {
  const args = ["-q", "-t", "ed25519", "-C", "ci@example.com", "-f", name];
  const made = await run(directory, ["ssh-keygen", ...args, ...(options.includes("-N") ? [] : ["-N", ""]), ...options]);
  assert.is(made.exit, 0, made.stderr);
  return await readFile(join(directory, `${name}.pub`), "utf8");
}

/** Whether a signature is right, by OpenSSH's own word. */
async function isGood(directory: string, publicKey: string, content: string, signature: string): Promise<boolean> {
  await writeFile(join(directory, "signers"), `ci@example.com ${publicKey}`);
  await writeFile(join(directory, "content"), content);
  await writeFile(join(directory, "content.sig"), signature);
  const command = "ssh-keygen -Y verify -f signers -I ci@example.com -n promgen-gen -s content.sig <content";
  return (await run(directory, ["sh", "-c", command])).exit === 0;
}

async function refusal(directory: string, keyFile: string | undefined, env: Io["env"] = {}): Promise<string> {
  const { message, hint = "" } = await refusalOf(() =>
    withIo(directory, env, async (io) => await openSigner(io, keyFile)?.sign([Buffer.from("x")])),
  );
  return `${message}\n${hint}`;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

if (await isInstalled("ssh-keygen")) {
  describe("signatures", (it) => {
    it("are there for each content, of a key in a file", async () => {
      await withDirectory({}, async (directory) => {
        const publicKey = await makeKey(directory, "key");
        const contents = Array.from({ length: 501 }, (_, index) => `content ${index}`);
        const signatures = await withIo(
          directory,
          {},
          async (io) => await openSigner(io, "key")?.sign(contents.map(bytes)),
        );
        assert.is(signatures?.length, 501);
        for (const at of [0, 1, 500])
          assert.ok(await isGood(directory, publicKey, `content ${at}`, signatures?.[at] ?? ""), String(at));
        assert.not(await isGood(directory, publicKey, "content 2", signatures?.[1] ?? ""));
      });
    });

    it("are made with a key in the environment, however its line breaks have suffered", async () => {
      await withDirectory({}, async (directory) => {
        const publicKey = await makeKey(directory, "key");
        const text = await readFile(join(directory, "key"), "utf8");
        for (const PROMGEN_SIGNING_KEY of [text, text.trimEnd(), text.replaceAll("\n", "\r\n"), `\n${text}\n`]) {
          const signatures = await withIo(
            directory,
            { PROMGEN_SIGNING_KEY },
            async (io) => await openSigner(io, undefined)?.sign([bytes("x")]),
          );
          assert.ok(await isGood(directory, publicKey, "x", signatures?.[0] ?? ""));
        }
      });
    });

    it("are made by ssh-agent, for a public key", async () => {
      await withDirectory({}, async (directory) => {
        const publicKey = await makeKey(directory, "key");
        const script = 'eval "$(ssh-agent -a agent)" >/dev/null && ssh-add -q key && rm key && echo "$SSH_AGENT_PID"';
        const agent = await run(directory, ["sh", "-c", script]);
        try {
          const env = { SSH_AUTH_SOCK: join(directory, "agent") };
          const signatures = await withIo(
            directory,
            env,
            async (io) => await openSigner(io, "key.pub")?.sign([bytes("x")]),
          );
          assert.ok(await isGood(directory, publicKey, "x", signatures?.[0] ?? ""));
          assert.match(await refusal(directory, "key.pub"), /does not sign: .*\n.*ssh-add/);
        } finally {
          process.kill(Number(agent.stdout.trim()));
        }
      });
    });

    it("are not made without a key, and an empty variable is none", async () => {
      await withDirectory({}, async (directory) => {
        await withIo(directory, {}, async (io) => assert.is(openSigner(io, undefined), undefined));
        await withIo(directory, { PROMGEN_SIGNING_KEY: " \n" }, async (io) =>
          assert.is(openSigner(io, undefined), undefined),
        );
      });
    });

    it("say by whom they are", async () => {
      await withDirectory({}, async (directory) => {
        for (const type of ["ed25519", "rsa", "ecdsa"]) {
          const publicKey = await makeKey(directory, type, "-t", type);
          const signatures = await withIo(directory, {}, async (io) => await openSigner(io, type)?.sign([bytes("x")]));
          assert.is(signatureKey(signatures?.[0] ?? ""), publicKey.split(" ")[1]);
        }
      });
      for (const text of ["", "x", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"])
        assert.is(signatureKey(text), undefined);
      const cut = Buffer.concat([Buffer.from("SSHSIG"), Buffer.from([0, 0, 0, 1, 0, 0, 0, 9, 1])]).toString("base64");
      assert.is(signatureKey(`-----BEGIN SSH SIGNATURE-----\n${cut}\n-----END SSH SIGNATURE-----\n`), undefined);
    });
  });

  describe("a signature", (it) => {
    it("is right for the bytes, the key and the purpose that it was made for, and for no others", async () => {
      await withDirectory({}, async (directory) => {
        const types = [
          "-t ed25519",
          "-t rsa",
          "-t rsa -b 4096",
          ...[256, 384, 521].map((bits) => `-t ecdsa -b ${bits}`),
        ];
        for (const [index, type] of types.entries()) {
          const publicKey = await makeKey(directory, String(index), ...type.split(" "));
          const key = publicKey.split(" ")[1];
          // The numbers of some signatures begin with zeros.
          const contents = Array.from({ length: type.includes("ecdsa") ? 40 : 4 }, (_, at) => bytes(`${at}\n`));
          const signatures = await withIo(
            directory,
            {},
            async (io) => await openSigner(io, String(index))?.sign(contents),
          );
          for (const [at, signature] of (signatures ?? []).entries())
            assert.ok(isSignatureOf(signature, contents[at] ?? bytes(""), key), `${type} ${at}`);
          const [text = ""] = signatures ?? [];
          assert.not(isSignatureOf(text, bytes("1\n"), key), type);
          assert.not(isSignatureOf(text, bytes("0\n"), undefined), type);
          assert.not(isSignatureOf(text, bytes("0\n"), `${key}A`), type);
          const lines = text.split("\n");
          for (const [line, word] of [
            [2, "A"],
            [-3, "A"],
            [-3, "B"],
          ] as const) {
            const cut = lines.with(line, `${word.repeat(8)}${(lines.at(line) ?? "").slice(8)}`).join("\n");
            if (cut !== text) assert.not(isSignatureOf(cut, bytes("0\n"), key), `${type} ${line}`);
          }
          await writeFile(join(directory, `other-${index}`), "0\n");
          const args = ["-Y", "sign", "-f", String(index), "-n", "git", `other-${index}`];
          assert.is((await run(directory, ["ssh-keygen", ...args])).exit, 0);
          const other = await readFile(join(directory, `other-${index}.sig`), "utf8");
          assert.is(signatureKey(other), key);
          assert.not(isSignatureOf(other, bytes("0\n"), key), type);
          await makeKey(directory, `${index}-b`, ...type.split(" "));
          const [foreign = ""] =
            (await withIo(directory, {}, async (io) => await openSigner(io, `${index}-b`)?.sign([bytes("0\n")]))) ?? [];
          assert.not(isSignatureOf(foreign, bytes("0\n"), key), type);
        }
      });
      for (const text of ["", "x"]) assert.not(isSignatureOf(text, bytes("x"), undefined));
    });
  });

  describe("a key that does not sign", (it) => {
    it("is told from others, with what to do", async () => {
      await withDirectory({ junk: "junk\n" }, async (directory) => {
        await makeKey(directory, "locked", "-N", "passphrase");
        await makeKey(directory, "open");
        await chmod(join(directory, "open"), 0o644);
        await chmod(join(directory, "junk"), 0o600);
        assert.match(await refusal(directory, "none"), /there is no file .*\/none\n.*ssh-keygen -t ed25519/);
        assert.match(await refusal(directory, "."), /there is no file/);
        assert.match(await refusal(directory, "locked"), /incorrect passphrase.*\n.*ssh-agent/);
        assert.match(await refusal(directory, "open"), /too open.*\n.*chmod 600/);
        assert.match(await refusal(directory, "junk"), /\nthis is no private key/);
        assert.match(await refusal(directory, "key.pub"), /there is no file/);
      });
    });

    it("is said to be none, and is not repeated", async () => {
      const canary = "b3BlbnNzaC1jYW5hcnk";
      await withDirectory({}, async (directory) => {
        for (const [keyFile, key, said] of [
          [undefined, canary, "PROMGEN_SIGNING_KEY does not hold a private key"],
          [undefined, `ssh-ed25519 ${canary}`, "PROMGEN_SIGNING_KEY does not hold a private key"],
          [
            undefined,
            `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}\n-----END OPENSSH PRIVATE KEY-----`,
            "this is no private key",
          ],
          [`-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}`, "", "not the key"],
          [`\n${canary}`, "", "not the key"],
        ] as const) {
          const message = await refusal(directory, keyFile, { PROMGEN_SIGNING_KEY: key });
          assert.not.match(message, canary);
          assert.match(message, said);
        }
      });
    });

    it("is not there because ssh-keygen is not", async () => {
      await withDirectory({}, async (directory) => {
        await makeKey(directory, "key");
        assert.match(
          await refusal(directory, "key", { PATH: directory }),
          "ssh-keygen cannot be run: it is not installed",
        );
      });
    });
  });

  describe("what is run", (it) => {
    it("does not see the key in its environment", async () => {
      const PROMGEN_SIGNING_KEY = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";
      await withDirectory({}, async (directory) => {
        const { stdout } = await withIo(
          directory,
          { PROMGEN_SIGNING_KEY, OTHER: "seen" },
          async (io) => await runProgram(io, "env", [], { directory }),
        );
        assert.match(stdout, "OTHER=seen");
        assert.not.match(stdout, "canary");
      });
    });

    it("does not show passwords or act on a terminal by what it says", async () => {
      await withDirectory({}, async (directory) => {
        const script = "printf 'fatal: https://me:canary@example.com/x \\033[31m no\\r\\n\\n' >&2; exit 3";
        const answer = await withIo(
          directory,
          {},
          async (io) => await runProgram(io, "sh", ["-c", script], { directory }),
        );
        assert.equal(answer, { code: 3, stdout: "", words: "fatal: https://example.com/x ?[31m no" });
      });
    });
  });
} else notRun("signatures", "ssh-keygen is not installed");
