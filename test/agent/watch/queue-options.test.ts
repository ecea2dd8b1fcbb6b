import { hostname } from "node:os";
import * as assert from "uvu/assert";
import { configure } from "../../../src/agent/option-config.ts";
import type { QueueConfig } from "../../../src/agent/config.ts";
import { readCommandLine } from "../../../src/agent/options.ts";
import { describe } from "../../describe.ts";
import { withDirectory } from "../../workplace.ts";

interface Read {
  readonly queue: QueueConfig | undefined;
  readonly mistakes: readonly string[];
}

function read(words: string, environment: Readonly<Record<string, string>> = {}, cwd = "/work-place"): Read {
  const line = readCommandLine(`${words} --source https://targets.example.com/ --shard a`.split(" "), environment);
  if (line.kind !== "command") throw new Error(`read as ${JSON.stringify(line)}`);
  const { program, mistakes } = configure(line.command, line.words, line.mistakes, environment, cwd);
  return { queue: program.queue, mistakes: mistakes.map(({ message }) => message) };
}

describe("agent queue: options", (it) => {
  it("say which queue of which broker, or the one that is called after this host", () => {
    assert.equal(read("run"), { queue: undefined, mistakes: [] });
    const { queue, mistakes } = read("run --broker amqps://rabbitmq.example.com/promgen");
    assert.equal(mistakes, []);
    assert.is(queue?.queue, `promgen-gen.${hostname().toLowerCase()}`);
    assert.equal(
      [queue?.broker.host, queue?.broker.port, queue?.broker.vhost],
      ["rabbitmq.example.com", 5671, "promgen"],
    );
    assert.is(
      read("run --broker amqp://b --queue promgen-gen.prometheus001.9091").queue?.queue,
      "promgen-gen.prometheus001.9091",
    );
    assert.is(read("run", { PROMGEN_BROKER: "amqp://b", PROMGEN_QUEUE: "q" }).queue?.queue, "q");
  });

  it("name files, which are read at every attempt", async () => {
    await withDirectory({ login: "user:password", ca: "" }, async (directory) => {
      const { queue, mistakes } = read(
        "run --broker amqps://b --broker-credentials basic:login --broker-ca ca",
        {},
        directory,
      );
      assert.equal(mistakes, []);
      assert.equal([queue?.credentials, queue?.ca], [`${directory}/login`, `${directory}/ca`]);
    });
    const { mistakes } = read("run --broker amqps://b --broker-credentials basic:/absent/login --broker-ca /absent");
    assert.is(mistakes.length, 2);
  });

  it("take no password, neither in the address nor elsewhere, and repeat none", () => {
    for (const words of [
      "run --broker amqp://user:c4n4ry@b",
      "run --broker amqp://b --broker-credentials basic:user:c4n4ry",
      "run --broker amqp://b --broker-credentials c4n4ry",
      "run --broker amqp://b/?password=c4n4ry",
    ]) {
      const { mistakes } = read(words);
      assert.is(mistakes.length, 1, words);
      assert.not.match(mistakes.join(), "c4n4ry");
    }
  });

  it("say all that is wrong at once", () => {
    const { mistakes } = read("run --broker http://b --queue amq.mine --broker-credentials bearer:/etc/hostname");
    assert.is(mistakes.length, 3);
    for (const what of ["neither amqp://", "brokers keep to themselves", "must be basic:FILE"])
      assert.match(mistakes.join("\n"), what);
    assert.equal(read("run --queue q --broker-ca /etc/hostname").mistakes, [
      "--queue needs --broker",
      "--broker-ca needs --broker",
    ]);
    assert.match(read("sync --broker amqp://b").mistakes.join(), "belongs to run");
  });
});
