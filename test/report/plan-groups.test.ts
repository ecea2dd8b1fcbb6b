import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { hosts } from "../plan/sides.ts";
import type { Shards } from "../plan/sides.ts";
import { documentOf } from "./plans.ts";

const WEB = { project: "web" };

/** Groups in few words: `remove a web/node 2 of web0:9100`. */
function groups(before: Shards, after: Shards): string[] {
  return documentOf(before, after).groups.map(
    ({ op, shard, project, job, targets }) =>
      `${op} ${shard} ${project}/${job} ${targets.map(({ address }) => address).join(" ")}`,
  );
}

describe("plan groups", (it) => {
  it("targets for which it is the same are together", () => {
    assert.equal(groups({ a: [[WEB, hosts(1)]] }, { a: [[WEB, hosts(3)]] }), ["add a web/node web1:9100 web2:9100"]);
  });

  it("another shard, project, job, label, parameter or operation is another group", () => {
    assert.equal(
      groups(
        { a: [[WEB, hosts(2)]] },
        {
          a: [
            [WEB, [...hosts(1), ...hosts(1, 2)]],
            [{ ...WEB, env: "x" }, hosts(1, 3)],
            [{ ...WEB, __param_module: "m" }, hosts(1, 4)],
            [{ ...WEB, job: "app" }, hosts(1, 5)],
            [{ project: "db" }, hosts(1, 6)],
          ],
          b: [[WEB, hosts(1, 7)]],
        },
      ),
      [
        "add a db/node web6:9100",
        "add a web/app web5:9100",
        "remove a web/node web1:9100",
        "add a web/node web2:9100",
        "add a web/node web3:9100",
        "add a web/node web4:9100",
        "add b web/node web7:9100",
      ],
    );
  });

  it("labels that Prometheus does not store make no group of their own", () => {
    const [one, ...others] = documentOf(
      { a: [] },
      {
        a: [
          [WEB, hosts(1)],
          [{ ...WEB, __scrape_interval__: "5m" }, hosts(1, 1)],
        ],
      },
    ).groups;
    assert.equal([one?.targets.length, others], [2, []]);
  });

  it("what was different before is there, and nothing else", () => {
    const { groups: found } = documentOf(
      {
        a: [
          [{ ...WEB, env: "prod" }, hosts(1)],
          [{ ...WEB, job: "app" }, ["x:1"]],
        ],
        b: [[{ project: "m" }, ["y:1"]]],
      },
      {
        a: [
          [{ ...WEB, env: "test" }, hosts(1)],
          [{ ...WEB, job: "app", __scheme__: "https", __metrics_path__: "/m" }, ["x:2"]],
          [{ project: "m" }, ["y:1"]],
        ],
        b: [],
      },
    );
    assert.equal(
      found.map(({ op, was, targets }) => [op, was, targets[0]?.was]),
      [
        ["move", { shard: "b" }, undefined],
        ["change", { scheme: "http", path: "/metrics" }, "x:1"],
        ["relabel", { labels: { env: "prod", job: "node", project: "web", service: "s" } }, undefined],
      ],
    );
  });

  it("says where each is written, in the base and now, where that is known", () => {
    const both = documentOf({ a: [[WEB, hosts(1)]] }, { a: [[{ ...WEB, env: "x" }, hosts(1)]] }).groups[0]?.targets[0];
    assert.equal(
      [both?.before, both?.after].map((spot) => `${spot?.file}:${spot?.line}`),
      ["old.yml:7", "new.yml:9"],
    );
    const published = documentOf(
      { a: [[WEB, hosts(1)]] },
      { a: [] },
      { before: { kind: "published", locate: () => undefined } },
    );
    assert.is(JSON.stringify(published.groups[0]?.targets), '[{"address":"web0:9100"}]');
  });

  it("what must not be shown is hidden wherever it may stand", () => {
    const show = (name: string, text: string): string => (text.includes("secret") ? `hidden ${name}` : text);
    const { groups: found } = documentOf(
      { a: { urls: [[{ __param_module: "http", token: "secret1" }, ["https://u:secret@x/"]]] } },
      { a: { urls: [[{ __param_module: "http", __param_q: "secret", token: "secret2" }, ["https://u:secret@x/2"]]] } },
      { sources: { show } },
    );
    assert.not.match(JSON.stringify(found), /secret/);
    assert.equal([found[0]?.labels["token"], found[0]?.params["q"]], ["hidden token", "hidden q"]);
  });

  it("names of what every object has are names like others", () => {
    const [group] = documentOf(
      { a: [] },
      { a: [[JSON.parse('{"__proto__":"a","constructor":"b"}') as {}, hosts(1)]] },
    ).groups;
    assert.equal(
      JSON.parse(JSON.stringify(group?.labels)),
      JSON.parse('{"constructor":"b","job":"node","project":"p","service":"s"}'),
    );
  });
});
