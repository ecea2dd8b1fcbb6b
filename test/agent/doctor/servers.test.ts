import * as assert from "uvu/assert";
import { isSettling } from "../../../src/agent/doctor/servers.ts";
import { describe } from "../../describe.ts";

describe("doctor: a server that has read the file", (it) => {
  it("has some seconds to scrape what is in it, also where the file's time is a second ahead", () => {
    for (const age of [-2, -0.4, 0, 5, 11]) assert.ok(isSettling(age), String(age));
    for (const age of [-3600, -13, 13, 3600]) assert.not.ok(isSettling(age), String(age));
  });
});
