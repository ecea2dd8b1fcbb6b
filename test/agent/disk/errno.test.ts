import * as assert from "uvu/assert";
import { attempt, codeOf, tryTo } from "../../../src/agent/disk/errno.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { describe } from "../../describe.ts";
import { failureOf } from "./place.ts";

const kernelSays = (code: string, errno = -1): Error =>
  Object.assign(new Error(code), { code, errno, syscall: "write" });
const failWith = (error: unknown): never => {
  throw error;
};

describe("what the kernel answers", (it) => {
  const reasons: readonly (readonly [code: string, reason: Reason, help: RegExp])[] = [
    ["ENOSPC", "disk-full", /free some space/],
    ["EDQUOT", "disk-full", /quota/],
    ["EACCES", "permission", /owner and mode/],
    ["EPERM", "permission", /lsattr/],
    ["EROFS", "permission", /ReadWritePaths=/],
    ["ELOOP", "unsafe-path", /remove the link/],
    ["ENOTDIR", "unsafe-path", /another path/],
    ["EISDIR", "unsafe-path", /another path/],
    ["EXDEV", "disk", /mount/],
    ["EBUSY", "disk", /mount its directory/],
    ["EMFILE", "disk", /ulimit -n/],
    ["ENFILE", "disk", /fs\.file-max/],
    ["EIO", "disk", /dmesg/],
    ["ENOENT", "disk", /next run/],
  ];
  for (const [code, reason, help] of reasons) {
    it(`${code} is said in words, with what to do`, async () => {
      const failure = await failureOf(() => attempt("write /a", () => failWith(kernelSays(code))));
      assert.is(failure.reason, reason);
      assert.match(failure.help ?? "", help);
      assert.ok(failure.message.startsWith("cannot write /a: "), failure.message);
      assert.ok(failure.message.endsWith(` (${code})`), failure.message);
    });
  }

  it("is known where Node has no name for it: the quota", async () => {
    for (const code of ["UNKNOWN", "Unknown system error -122"]) {
      const failure = await failureOf(() => attempt("write /a", () => failWith(kernelSays(code, -122))));
      assert.is(failure.reason, "disk-full");
      assert.match(failure.message, "(EDQUOT)");
    }
  });

  it("is passed on by its name where nobody thought of it", async () => {
    const failure = await failureOf(() => attempt("write /a", () => failWith(kernelSays("ENOTRECOVERABLE"))));
    assert.is(failure.reason, "disk");
    assert.is(failure.message, "cannot write /a: ENOTRECOVERABLE");
  });

  it("is told from mistakes of ours, which are never taken for it nor swallowed", () => {
    const bug = Object.assign(new TypeError("x is not a function"), { code: "ERR_INVALID_ARG_TYPE" });
    assert.is(codeOf(bug), undefined);
    assert.throws(
      () => attempt("write /a", () => failWith(bug)),
      (error: unknown) => error === bug,
    );
    assert.throws(
      () => tryTo(() => failWith(bug)),
      (error: unknown) => error === bug,
    );
    tryTo(() => failWith(kernelSays("EIO")));
    tryTo(() => failWith(new Failure("disk", "known")));
  });
});
