import * as assert from "uvu/assert";
import { MAX_POINTER_BYTES, readPointer } from "../../../src/agent/core/pointer.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { sha256Sums } from "../../../src/render/sums.ts";
import { describe } from "../../describe.ts";

const A = "a".repeat(64);
const B = "0123456789abcdef".repeat(4);
const SUMS = `${A}  targets.json\n${B}  urls.json\n`;
const HEADER = "# promgen-gen 1 shard=tokyo-a generation=1795334400";
const GOOD = `${HEADER}\n${SUMS}`;

/** What is thrown for these bytes. */
function failureOf(bytes: string | Uint8Array): Failure {
  try {
    readPointer(Buffer.from(bytes));
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was read");
}

function refuses(bytes: string | Uint8Array, reason: Reason = "pointer", words = /SHA256SUMS/): void {
  const failure = failureOf(bytes);
  assert.is(failure.reason, reason, failure.message);
  assert.match(failure.message, words);
  assert.not.match(failure.message, /\n/);
  assert.ok(failure.help);
}

describe("SHA256SUMS", (it) => {
  it("is read as it is rendered, whatever the names", () => {
    for (const shard of ["tokyo-a", "東京 第1", "a=b&c%20d", "*", "100% ü'()~!", "a\u00a0b"]) {
      for (const repository of [undefined, "https://github.com/acme/targets", "git@host:x/y z"]) {
        for (const commit of [undefined, "a".repeat(40), "b".repeat(64), `${"c".repeat(40)}-dirty`]) {
          const text = sha256Sums(
            shard,
            {
              generation: 1_795_334_400,
              generator: "promgen-gen 1",
              ...(commit === undefined ? {} : { commit }),
              ...(repository === undefined ? {} : { repository }),
            },
            { sha256: A, bytes: 1, targets: 1820 },
            { sha256: B, bytes: 1, targets: 0 },
          );
          assert.equal(readPointer(Buffer.from(text)), {
            shard,
            generation: 1_795_334_400,
            commit,
            repository,
            counts: { "targets.json": 1820, "urls.json": 0 },
            accepts: undefined,
            times: {},
            digests: { "targets.json": A, "urls.json": B },
          });
        }
      }
    }
  });

  it("says what the servers scrape by, where that is not Prometheus' own", () => {
    const read = (scrape_interval: string, scrape_timeout: string): unknown => {
      const stamp = { generation: 1, generator: "" };
      const facts = { sha256: A, bytes: 1, targets: 1 };
      return readPointer(Buffer.from(sha256Sums("a", stamp, facts, facts, { scrape_interval, scrape_timeout }))).times;
    };
    assert.equal(read("1m", "10s"), {});
    assert.equal(read("1m30s", "500ms"), { interval: 90, timeout: 0.5 });
    for (const wrong of ["scrape_interval=5", "scrape_timeout=0s", "scrape_timeout=", "scrape_interval=1m%201s"])
      refuses(`${HEADER} ${wrong}\n${A}  targets.json\n${B}  urls.json\n`);
  });

  it("takes sums in both orders, `accepts`, and keys that are not known yet", () => {
    const text = `${HEADER} future=%ff__proto__ accepts=12\n${B}  urls.json\n${A}  targets.json\n`;
    const { accepts, digests } = readPointer(Buffer.from(text));
    assert.is(accepts, 12);
    assert.equal(digests, { "targets.json": A, "urls.json": B });
  });

  it("takes generations from 0 to what can be counted exactly, and no other spelling of them", () => {
    const generation = (text: string): string => `# promgen-gen 1 shard=a generation=${text}\n${SUMS}`;
    for (const number of [0, 1, Number.MAX_SAFE_INTEGER]) {
      assert.is(readPointer(Buffer.from(generation(String(number)))).generation, number);
    }
    for (const text of [
      "9007199254740992",
      "9007199254740993",
      "-1",
      "01",
      "1e3",
      "1.0",
      "0x10",
      "+1",
      "",
      "%31",
      "１",
    ]) {
      refuses(generation(text));
    }
    for (const key of ["accepts", "targets", "urls"]) refuses(`${HEADER} ${key}=01\n${SUMS}`, "pointer", RegExp(key));
  });

  it("asks for an upgrade where the format is newer, whatever else is in it", () => {
    for (const rest of [" shard=a generation=1\n", "\n", " shard=ü\r\n", ` x=1 x=1\n${"y".repeat(100)}\n`]) {
      refuses(`# promgen-gen 2${rest}`, "format", /format 2/);
    }
    refuses(`# promgen-gen 12 shard=a\n`, "format", /format 12/);
    for (const number of ["0", "01", "-1", "1.5", "x", "99999999999"]) refuses(GOOD.replace(" 1 ", ` ${number} `));
  });

  it("says that a web page came, where a login page answers", () => {
    for (const page of ["<!DOCTYPE html><html>", "\n <html>", "\ufeff<html>", `<p>${"x".repeat(MAX_POINTER_BYTES)}`]) {
      refuses(page, "unreachable", /web page/);
    }
  });

  it("is refused when it is cut off anywhere", () => {
    for (let end = 0; end < GOOD.length; end++) refuses(GOOD.slice(0, end));
    refuses(GOOD.slice(0, -1), "pointer", /cut off/);
  });

  it("is refused when any byte of it is flipped to another kind, or nothing of what it says changes", () => {
    for (let at = 0; at < GOOD.length; at++) {
      for (const bit of [1, 32, 128]) {
        const bytes = Buffer.from(GOOD);
        bytes[at] = (bytes[at] ?? 0) ^ bit;
        try {
          const { shard, generation, digests } = readPointer(bytes);
          // What is still a SHA256SUMS says what its bytes say; the signature and the digests are there for the rest.
          assert.ok(
            bytes.toString("latin1").includes(`shard=${shard} generation=${generation}\n${digests["targets.json"]}`),
          );
        } catch (error) {
          assert.instance(error, Failure);
        }
      }
    }
  });

  it("is refused with what editors and broken programs leave behind", () => {
    refuses("", "pointer", /empty/);
    refuses(GOOD.replaceAll("\n", "\r\n"), "pointer", /carriage return/);
    refuses(`\ufeff${GOOD}`, "pointer", /line 1 holds the byte 0xef/);
    refuses(`${GOOD}\n`, "pointer", /line 4/);
    refuses(`\n${GOOD}`);
    refuses(`${GOOD}${"#".repeat(MAX_POINTER_BYTES)}\n`, "pointer", /65/);
    refuses(GOOD.replace("tokyo-a", "tökyo"), "pointer", /line 1 holds the byte 0xc3/);
    refuses(GOOD.replace("tokyo-a", "tokyo\0a"), "pointer", /0x00/);
    refuses(Buffer.from(GOOD, "utf16le"));
    refuses(SUMS);
    refuses(`{"shard":"tokyo-a"}\n`);
    refuses("404: Not Found\n");
  });

  it("is refused with a header that says too little, or something twice", () => {
    refuses(`# promgen-gen 1 generation=1\n${SUMS}`, "pointer", /`shard`/);
    refuses(`# promgen-gen 1 shard=a\n${SUMS}`, "pointer", /`generation`/);
    refuses(`# promgen-gen 1\n${SUMS}`, "pointer", /`shard`/);
    refuses(`${HEADER} shard=tokyo-b\n${SUMS}`, "pointer", /`shard` twice/);
    refuses(`${HEADER} x=1 x=1\n${SUMS}`, "pointer", /`x` twice/);
    refuses(`${HEADER}  x=1\n${SUMS}`);
    refuses(`${HEADER} x\n${SUMS}`);
    refuses(`${HEADER} \n${SUMS}`);
    refuses(`${HEADER} commit=abc\n${SUMS}`, "pointer", /commit/);
    refuses(`${HEADER} repository=\n${SUMS}`, "pointer", /repository/);
  });

  it("names the shard in NFC, as the options do, whatever the inventory has", () => {
    const { shard } = readPointer(Buffer.from(`# promgen-gen 1 shard=cafe%CC%81 generation=1\n${SUMS}`));
    assert.is(shard, "caf\u00e9");
  });

  it("is refused where a value is not percent-encoded UTF-8 without control characters", () => {
    for (const shard of ["%", "%2", "%zz", "%ff", "%ed%a0%80", "%00", "a%0Ab", "a%7fb", "%C2%85", ""]) {
      refuses(`# promgen-gen 1 shard=${shard} generation=1\n${SUMS}`);
    }
  });

  it("does not take a name that spells `*` for the whole inventory", () => {
    refuses(`# promgen-gen 1 shard=%2A generation=1\n${SUMS}`, "pointer", /`shard`/);
  });

  it("is refused with other lines than one digest for each of the two files", () => {
    const lines = (...sums: string[]): string => `${HEADER}\n${sums.join("\n")}\n`;
    const targets = `${A}  targets.json`;
    const urls = `${B}  urls.json`;
    refuses(lines(targets), "pointer", /urls\.json/);
    refuses(lines(urls), "pointer", /targets\.json/);
    refuses(lines(targets, urls, targets), "pointer", /line 4 names targets\.json again/);
    for (const path of ["./targets.json", "../targets.json", "/targets.json", "manifest.json", "Targets.json", "a b"]) {
      refuses(lines(targets, urls, `${A}  ${path}`), "pointer", /line 4/);
    }
    for (const line of [
      `${A} targets.json`,
      `${A} *targets.json`,
      `${A}\ttargets.json`,
      ` ${targets}`,
      `\\${targets}`,
      `${A.toUpperCase()}  targets.json`,
      `${A.slice(1)}  targets.json`,
      `${A}a  targets.json`,
      `${A}  `,
      "",
      "# more",
    ]) {
      refuses(lines(line, urls));
    }
    refuses(lines(`${A}  targets.json `, urls), "pointer", /line 2/);
  });
});
