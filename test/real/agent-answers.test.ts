/** What every agent makes of a web server that sends it elsewhere, or that has more than it takes. */
import { readFile } from "node:fs/promises";
import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { AGENTS, onHost } from "./agents.ts";
import { addresses, publish, withSite } from "./artifacts.ts";

const quiet = ["--no-proof", "--reload", "never"];
const MOST = 256 * 2 ** 20;

for (const agent of AGENTS) {
  describe(`${agent.name} and a source that has too much`, (it) => {
    it("refuses a file or a SHA256SUMS that is too large: 5, and the targets stay", async () => {
      await onHost(agent, async (host) => {
        const before = await publish(host.files, { generation: 7 });
        assert.is((await host.sync(...quiet)).exit, 0);
        await publish(host.files, { generation: 8, targets: addresses(4) });
        for (const [name, bytes] of [
          ["/targets.json", MOST + 1],
          ["/SHA256SUMS", 100_000],
        ] as const) {
          host.site.answer = (request, response) => {
            if (!(request.url ?? "").includes(name)) return false;
            response.writeHead(200, { "Content-Length": bytes }).write("[");
            return true;
          };
          const ran = await host.sync(...quiet);
          assert.is(ran.exit, 5, `${name}: ${ran.stderr}`);
          assert.match(ran.stderr, name.slice(1));
          assert.equal(await host.inPlace(), before);
        }
      });
    });
  });
}

describe("promgen-agent.sh and a source that sends it elsewhere", (it) => {
  for (const agent of AGENTS.slice(1)) {
    it(`ends with 6, and says which --source it would be, without what may be a secret: ${agent.name}`, async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        await withSite(host.files, async (site) => {
          for (const [moved, path] of [
            ["/SHA256SUMS", ""],
            ["/targets.json", "new/"],
          ] as const) {
            host.site.answer = ({ url = "" }, response) => {
              if (!url.includes(moved)) return false;
              response
                .writeHead(301, { Location: `${site.url}${path}${url.slice(1)}?key=s3cret` })
                .end("<html>moved</html>");
              return true;
            };
            const ran = await host.sync(...quiet);
            assert.is(ran.exit, 6, ran.stderr);
            assert.match(ran.stderr, `say --source ${site.url}${path}\n`);
            assert.not.match(ran.stderr, "s3cret");
            assert.is(await readFile(host.targets, "utf8").catch(() => undefined), undefined);
          }
          // As it says.
          const ran = await host.sync("--source", site.url, ...quiet);
          assert.is(ran.exit, 0, ran.stderr);
        });
      });
    });

    it(`says where to, and advises no --source, where that is another page or none: ${agent.name}`, async () => {
      await onHost(agent, async (host) => {
        await publish(host.files, { generation: 7 });
        for (const [headers, words] of [
          [{ Location: "https://login.example.com/" }, "redirected to https://login.example.com/, and not followed"],
          [{}, "redirected to nowhere, and not followed"],
        ] as const) {
          host.site.answer = (_, response) => {
            response.writeHead(302, headers).end();
            return true;
          };
          const ran = await host.sync(...quiet);
          assert.is(ran.exit, 6, ran.stderr);
          assert.match(ran.stderr, `${words}: see what --source leads to\n`);
        }
      });
    });
  }
});
