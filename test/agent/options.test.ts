import * as assert from "uvu/assert";
import { configure } from "../../src/agent/option-config.ts";
import type { Configured } from "../../src/agent/option-config.ts";
import { readCommandLine } from "../../src/agent/options.ts";
import { describe } from "../describe.ts";
import { withDirectory } from "../workplace.ts";

type Environment = Readonly<Record<string, string>>;

const words = (text: string): string[] => text.split(" ");

const NEEDED = ["--source", "https://targets.example.com/", "--shard", "a"];

/** Reads a command line to the end; must be a command. */
function read(args: readonly string[], environment: Environment = {}, cwd = "/work-place"): Configured {
  const line = readCommandLine(args, environment);
  if (line.kind !== "command") throw new Error(`read as ${JSON.stringify(line)}`);
  return configure(line.command, line.words, line.mistakes, environment, cwd);
}

function mistakes(args: readonly string[], environment: Environment = {}, cwd?: string): string[] {
  return read(args, environment, cwd).mistakes.map(({ message }) => message);
}

/** A command line that is right. */
function accepted(args: readonly string[], environment: Environment = {}, cwd?: string): Configured {
  const configured = read(args, environment, cwd);
  assert.equal(configured.mistakes, []);
  return configured;
}

function includesAll(found: readonly string[], wanted: readonly string[]): void {
  for (const text of wanted)
    assert.ok(
      found.some((message) => message.includes(text)),
      `${text} is not among ${found.join("; ")}`,
    );
}

describe("agent options: what is said", (it) => {
  it("fills in the defaults that the help names", () => {
    const { config, program } = accepted(["sync", ...NEEDED]);
    assert.equal(config.source.urls, ["https://targets.example.com/"]);
    assert.is(config.shard, "a");
    assert.equal(config.place, {
      targets: "/etc/prometheus/promgen/targets.json",
      state: "/var/lib/promgen-agent",
      mode: 0o644,
      allowSymlinks: false,
    });
    assert.equal(config.prometheus, {
      urls: [],
      tls: {},
      paths: {},
      reload: "always",
      reloadTimeout: 30,
      wait: "read",
      proofTimeout: 30,
      noProof: false,
    });
    assert.equal(config.trust, { bootstrap: false, maxRemovedPercent: 50 });
    assert.is(config.source.maxBytes, 256 * 1024 * 1024);
    assert.is(config.source.timeout, 60);
    assert.is(config.source.githubApi, "https://api.github.com");
    assert.is(config.source.signatures, false);
    assert.is(config.maxAge, 86_400);
    assert.is(config.maxInconsistent, 900);
    assert.equal(program, { log: "text", logLevel: "info", splay: 0, interval: 60, quietBusy: false, json: false });
  });

  it("takes several sources in their order, and separates those of the environment by white space", () => {
    assert.equal(
      accepted(["sync", "--source", "https://a.example/", "--shard=a", "--source=file:///b"]).config.source.urls,
      ["https://a.example/", "file:///b"],
    );
    const environment = { PROMGEN_SOURCE: " https://a.example/\n\tfile:///b ", PROMGEN_SHARD: "東京 a" };
    const { config } = accepted(["sync"], environment);
    assert.equal(config.source.urls, ["https://a.example/", "file:///b"]);
    assert.is(config.shard, "東京 a");
  });

  it("lets the command line win over the environment, also over the rival of what it says", () => {
    const environment = { PROMGEN_SHARD: "b", PROMGEN_TIMEOUT: "nonsense", PROMGEN_SOURCE: "https://b.example/" };
    const { config } = accepted(["sync", ...NEEDED, "--timeout", "5s"], environment);
    assert.is(config.shard, "a");
    assert.is(config.source.timeout, 5);
    assert.equal(config.source.urls, ["https://targets.example.com/"]);
    assert.is(accepted(["sync", ...NEEDED], { PROMGEN_ALL_SHARDS: "1" }).config.shard, "a");
    assert.is(accepted(["sync", "--source", "file:///x", "--all-shards"], { PROMGEN_SHARD: "b" }).config.shard, "*");
  });

  it("takes a shard by the name that artifacts have, however its letters are put together", () => {
    assert.is(accepted(["sync", "--source", "file:///x", "--shard", "cafe\u0301"]).config.shard, "caf\u00e9");
  });

  it("takes what is said last, but all of a list", () => {
    const { config } = accepted(["sync", ...NEEDED, "--shard", "b", "--source", "file:///c"]);
    assert.is(config.shard, "b");
    assert.is(config.source.urls.length, 2);
  });

  it("reads switches from the environment as on and off, and nothing else", () => {
    for (const on of ["1", "true", "YES", "on"])
      assert.is(accepted(["sync", ...NEEDED], { PROMGEN_NO_PROOF: on }).config.prometheus.noProof, true, on);
    for (const off of ["", "0", "false", "No", "off"])
      assert.is(accepted(["sync", ...NEEDED], { PROMGEN_NO_PROOF: off }).config.prometheus.noProof, false, off);
    includesAll(mistakes(["sync", ...NEEDED], { PROMGEN_NO_PROOF: "maybe" }), ["PROMGEN_NO_PROOF"]);
  });

  it("takes an empty variable for none", () => {
    assert.is(accepted(["sync", ...NEEDED], { PROMGEN_TARGETS: "", PROMGEN_CA: "" }).config.source.tls.ca, undefined);
  });

  it("makes relative paths absolute, but leaves alone how Prometheus calls the files", () => {
    const { config } = accepted([
      "sync",
      ...NEEDED,
      ...words("--targets t/targets.json --urls ../urls.json --state state"),
      ...words("--prometheus-path promgen/targets.json --reload signal --pid-file p.pid"),
    ]);
    assert.is(config.place.targets, "/work-place/t/targets.json");
    assert.is(config.place.urls, "/urls.json");
    assert.is(config.place.state, "/work-place/state");
    assert.is(config.prometheus.paths["targets.json"], "promgen/targets.json");
    assert.equal(config.prometheus.signal, { pidFile: "/work-place/p.pid" });
  });

  it("reads durations, sizes, modes, percentages, owners and addresses", () => {
    const { config, program } = accepted([
      "run",
      ...NEEDED,
      ...words("--interval 1m30s --max-age 2d --timeout 1h --splay 0 --max-bytes 64MiB --mode 640"),
      ...words("--max-removed-percent 12.5 --owner 12:34 --listen [::1]:9914 --accept 1795334400"),
    ]);
    assert.is(program.interval, 90);
    assert.is(config.maxAge, 172_800);
    assert.is(config.source.timeout, 3600);
    assert.is(program.splay, 0);
    assert.is(config.source.maxBytes, 64 * 1024 * 1024);
    assert.is(config.place.mode, 0o640);
    assert.is(config.trust.maxRemovedPercent, 12.5);
    assert.equal(config.place.owner, { uid: 12, gid: 34 });
    assert.equal(program.listen, { host: "::1", port: 9914 });
    assert.is(config.trust.accept, 1_795_334_400);
    assert.equal(accepted(["sync", ...NEEDED, "--owner", "root:root"]).config.place.owner, { uid: 0, gid: 0 });
    assert.equal(accepted(["sync", ...NEEDED, "--owner", "root"]).config.place.owner, { uid: 0, gid: 0 });
  });

  it("listens on the loopback interface where only a port is said", () => {
    for (const [text, host] of [
      ["9914", "127.0.0.1"],
      [":9914", "127.0.0.1"],
      ["0.0.0.0:9914", "0.0.0.0"],
      ["agent.example.com:9914", "agent.example.com"],
    ] as const)
      assert.equal(accepted(["run", ...NEEDED, "--listen", text]).program.listen, { host, port: 9914 }, text);
  });

  it("takes proxies as curl does: the lower-case name wins", () => {
    const environment = { HTTPS_PROXY: "http://upper:1", https_proxy: "http://lower:1", NO_PROXY: "x", http_proxy: "" };
    assert.equal(accepted(["sync", ...NEEDED], environment).config.source.proxy, {
      https: "http://lower:1",
      none: "x",
    });
  });

  it("asks of each command only what it needs, and takes sync's line for all of them", () => {
    for (const command of ["status", "hold", "release"]) accepted([command]);
    accepted(["rollback", "--shard", "a"]);
    includesAll(mistakes(["rollback"]), ["--shard"]);
    for (const command of ["sync", "run", "doctor"]) includesAll(mistakes([command]), ["--source", "--shard"]);
    for (const command of ["status", "hold", "release", "rollback", "doctor", "run"])
      accepted([command, ...NEEDED, "--credentials", "bearer:/etc/hostname", "--prometheus", "http://localhost:9090"]);
  });

  it("has a splay of its own for the daemon, which a webhook wakes together with all others", () => {
    assert.is(accepted(["run", ...NEEDED]).program.splay, 1);
    assert.is(accepted(["run", ...NEEDED, "--splay", "1m"]).program.splay, 60);
  });
});

describe("agent options: what is wrong", (it) => {
  it("says everything that is wrong in one go", () => {
    const found = mistakes(
      words(
        "sync --sorce x --timeout 5 --max-bytes lots --cert /nowhere extra --identity me --json --reload sometimes",
      ),
      { PROMGEN_MODE: "0777" },
    );
    includesAll(found, [
      "--source?",
      "--source is missing",
      "--shard is missing",
      "--timeout has no unit: write 5s",
      "--max-bytes",
      "--cert names /nowhere, which does not exist",
      "--cert needs --key",
      '"extra"',
      "--identity needs --allowed-signers",
      "--json belongs to status and doctor",
      "--reload",
      "PROMGEN_MODE",
    ]);
    assert.is(found.length, 12, found.join("\n"));
  });

  it("does not take the value of an unknown option for a mistake of its own", () => {
    assert.equal(mistakes(["sync", ...NEEDED, "--tiemout", "5s"]), [
      '"--tiemout" is no option; did you mean --timeout?',
    ]);
    assert.equal(mistakes(["sync", ...NEEDED, "-x"]).length, 1);
  });

  it("names what was probably meant, and nothing where nothing is close", () => {
    const line = readCommandLine(["snyc"], {});
    assert.ok(line.kind === "wrong" && line.mistakes[0]?.message.includes("did you mean sync"));
    assert.equal(mistakes(["sync", ...NEEDED, "--zzzzzzzz"]), ['"--zzzzzzzz" is no option']);
  });

  it("does not pass over a slip in the name of a variable: it could leave out a signature check", () => {
    includesAll(mistakes(["sync", ...NEEDED], { PROMGEN_ALLOWED_SIGNRES: "/etc/signers" }), [
      "PROMGEN_ALLOWED_SIGNRES",
      "PROMGEN_ALLOWED_SIGNERS",
    ]);
  });

  it("only warns of the variables of other programs", () => {
    const others = ["CONFIG_DIR", ...words("GEN DIRECTORY BASE FORMAT OUT BRANCH REMOTE SIGNING_KEY SIGNING_FILE")];
    const environment = Object.fromEntries(others.map((name) => [`PROMGEN_${name}`, "x"]));
    const line = readCommandLine(["sync", ...NEEDED], { ...environment, HOME: "/root" });
    assert.ok(line.kind === "command");
    assert.equal(line.mistakes, []);
    includesAll(
      line.warnings,
      others.map((name) => `PROMGEN_${name} `),
    );
    assert.is(line.warnings.length, others.length);
  });

  it("takes --bootstrap from the command line of one run alone, never from the environment or for a daemon", () => {
    includesAll(mistakes(["sync", ...NEEDED], { PROMGEN_BOOTSTRAP: "1" }), ["PROMGEN_BOOTSTRAP"]);
    includesAll(mistakes(["run", ...NEEDED, "--bootstrap"]), ["--bootstrap belongs to sync"]);
    assert.is(accepted(["sync", ...NEEDED, "--bootstrap"]).config.trust.bootstrap, true);
  });

  it("refuses values that make no sense", () => {
    for (const [option, value] of [
      ["--timeout", "0s"],
      ["--timeout", "1.5h"],
      ["--timeout", "5s3m"],
      ["--timeout", "99999d"],
      ["--timeout", ""],
      ["--max-bytes", "0"],
      ["--max-bytes", "5TB"],
      ["--max-removed-percent", "101"],
      ["--max-removed-percent", "-1"],
      ["--accept", "01"],
      ["--accept", "1e3"],
      ["--accept", "9007199254740993"],
      ["--mode", "0666"],
      ["--mode", "0755"],
      ["--mode", "4644"],
      ["--mode", "044"],
      ["--mode", "rw-r--r--"],
      ["--owner", "no-such-user-here:root"],
      ["--owner", "root:no-such-group-here"],
      ["--owner", "4294967"],
      ["--prometheus", "localhost:9090"],
      ["--prometheus", "ftp://localhost/"],
      ["--prometheus", "http://localhost:9090/?x=1"],
      ["--wait", "long"],
      ["--log", "xml"],
      ["--shard", "*"],
    ] as const) {
      const found = mistakes(["sync", ...NEEDED, option, value]);
      assert.is(found.length, 1, `${option} ${value}: ${found.join("; ")}`);
      includesAll(found, [option]);
    }
    for (const address of ["localhost", "1.2.3.4:99999", "::1:9914", "http://x:1", "-1"])
      includesAll(mistakes(["run", ...NEEDED, `--listen=${address}`]), ["--listen"]);
  });

  it("refuses what contradicts itself", () => {
    for (const [args, wanted] of [
      [["--all-shards"], "--all-shards"],
      [["--no-proof", "--wait", "active"], "--wait"],
      [["--reload", "signal"], "--reload"],
      [["--reload", "signal", "--pid-file", "p", "--unit", "u"], "--reload"],
      [["--reload", "signal", "--unit", "--now"], "--unit"],
      [["--unit", "prometheus.service"], "--unit needs --reload signal"],
      [["--revoked-keys", "/etc/hostname"], "--revoked-keys needs --allowed-signers"],
      [["--targets", "/x/t.json", "--urls", "/x/../x/t.json"], "--urls"],
      [["--prometheus-urls-path", "/x"], "--prometheus-urls-path needs --urls"],
      [["--key", "/etc/hostname"], "--key needs --cert"],
    ] as const)
      includesAll(mistakes(["sync", ...NEEDED, ...args]), [wanted]);
    includesAll(mistakes(["run", ...NEEDED, "--webhook-secret", "/etc/hostname"]), ["--webhook-secret needs --listen"]);
  });

  it("refuses places where Prometheus would not read the files, or would read the state", () => {
    for (const [args, wanted] of [
      [["--targets", "/x/targets.txt"], "--targets is /x/targets.txt: end it with .json"],
      [["--targets", "/x/"], "--targets is /x: end it with .json"],
      [["--urls", "/x/urls.yml"], "--urls is /x/urls.yml: end it with .json"],
      [["--targets", "/x/t.json", "--state", "/x/"], "--targets is /x/t.json, in the directory of --state"],
      [["--urls", "/x/y/../state.json", "--state", "/x"], "--urls is /x/state.json, in the directory of --state"],
      [["--state", "/"], "in the directory of --state"],
    ] as const)
      includesAll(mistakes(["sync", ...NEEDED, ...args]), [wanted]);
    accepted(["sync", ...NEEDED, "--targets", "/x/t.JSON", "--state", "/x/state"]);
    accepted(["sync", ...NEEDED, "--targets", "/state-of/t.json", "--state", "/state"]);
  });

  it("names an option without its value", () => {
    includesAll(mistakes(["sync", "--source", "--shard", "a"]), ["--source needs a value"]);
    includesAll(mistakes(["sync", ...NEEDED, "--targets"]), ["--targets needs a value"]);
    includesAll(mistakes(["sync", ...NEEDED, "--no-proof=yes"]), ["--no-proof takes no value"]);
  });

  it("names files that are missing, or are directories, where the command uses them", async () => {
    await withDirectory({ signers: "x" }, async (directory) => {
      const args = ["--allowed-signers", "absent", "--ca", ".", "--prometheus-credentials", "basic:./no-password"];
      includesAll(mistakes(["sync", ...NEEDED, ...args], {}, directory), [
        `--allowed-signers names ${directory}/absent, which does not exist`,
        `--ca names ${directory}, which is a directory`,
        `--prometheus-credentials names ${directory}/no-password, which does not exist`,
      ]);
      accepted(["status", ...args], {}, directory);
      accepted(["sync", ...NEEDED, "--allowed-signers", "signers"], {}, directory);
    });
  });

  it("never repeats a secret that was written where its file belongs", () => {
    const secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    for (const args of [
      ["--credentials", `bearer:${secret}`],
      ["--credentials", secret],
      ["--prometheus-credentials", `basic:admin:${secret}`],
      ["--prometheus", `http://admin:${secret}@localhost:9090`],
    ]) {
      const { mistakes: found } = read(["sync", ...NEEDED, ...args]);
      assert.is(found.length, 1);
      assert.not.ok(JSON.stringify(found).includes(secret), JSON.stringify(found));
    }
  });

  it("does not let what was typed write to the terminal", () => {
    const [mistake = ""] = mistakes(["sync", ...NEEDED, "\u001b[2J"]);
    assert.not.ok(mistake.includes("\u001b"));
  });
});
