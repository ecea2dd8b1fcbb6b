import * as assert from "uvu/assert";
import type { Clock } from "../../../src/agent/clock.ts";
import { openLog } from "../../../src/agent/log/log-writer.ts";
import type { LogForm } from "../../../src/agent/log/log-writer.ts";
import type { Log } from "../../../src/agent/log.ts";
import { describe } from "../../describe.ts";

function clockAt(now: number): Clock {
  return { now: () => now, monotonic: () => 0, sleep: async () => {} };
}

function written(form: Partial<LogForm>, act: (log: Log) => void, now = 1_795_698_000.75): string {
  let text = "";
  act(
    openLog({ format: "text", level: "info", redact: (line) => line, ...form }, clockAt(now), (line) => {
      text += line;
    }),
  );
  return text;
}

describe("agent log", (it) => {
  it("writes time, level, event, sentence and fields on one line", () => {
    assert.is(
      written({}, (log) =>
        log.write("info", "swapped", "generation 7 is in place", { targets: 1820, file: "a b", gone: undefined }),
      ),
      '2026-11-26T13:00:00Z info swapped generation 7 is in place targets=1820 file="a b"\n',
    );
  });

  it("writes what journald reads: its priorities, and no time of its own", () => {
    const text = written({ format: "journal", level: "debug" }, (log) => {
      for (const level of ["debug", "info", "warning", "error"] as const) log.write(level, "event", "words");
    });
    assert.is(text, "<7>event words\n<6>event words\n<4>event words\n<3>event words\n");
  });

  it("writes JSON, in which a field cannot pretend to be what is ours", () => {
    const text = written({ format: "json" }, (log) =>
      log.write("error", "refused", "no", { level: "info", event: "swapped", generation: 7 }),
    );
    assert.equal(JSON.parse(text), {
      time: "2026-11-26T13:00:00Z",
      level: "error",
      event: "refused",
      message: "no",
      generation: 7,
    });
  });

  it("leaves out what is below its level", () => {
    assert.is(
      written({}, (log) => log.write("debug", "unchanged", "nothing new")),
      "",
    );
    assert.is(
      written({ level: "error" }, (log) => log.write("warning", "held", "much would vanish")),
      "",
    );
  });

  it("makes line ends, terminal escapes and changes of direction inert, in every format", () => {
    const hostile = "a\nb\r\u001b[2J\u0007\u009b31m\u2028\u202ec\u0000\u007f";
    for (const format of ["text", "journal", "json"] as const) {
      const text = written({ format }, (log) => log.write("info", "swapped", hostile, { shard: hostile }));
      // oxlint-disable-next-line no-control-regex -- it is what must not be there
      assert.not.match(text.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
      assert.is(text.match(/\n/g)?.length, 1);
    }
    const json = written({ format: "json" }, (log) => log.write("info", "swapped", hostile));
    assert.is((JSON.parse(json) as { message: string }).message, hostile);
  });

  it("takes secrets out of the sentence and of the fields", () => {
    const text = written({ redact: (line) => line.replaceAll("hunter2", "[secret]") }, (log) =>
      log.write("error", "failed", "hunter2 is wrong", { url: "http://x/?hunter2", count: 1 }),
    );
    assert.not.match(text, "hunter2");
    assert.match(text, "[secret] is wrong");
  });

  it("goes on where the clock is beyond all dates", () => {
    assert.match(
      written({}, (log) => log.write("info", "event", "words"), 1e15),
      "? info event words",
    );
  });
});
