import * as assert from "uvu/assert";
import { templateIn } from "../../src/model/template.ts";
import { describe } from "../describe.ts";

describe("model: templates", (it) => {
  it("are found in the notation of many engines", () => {
    const templates = ["{{ x }}", "{{x}}", "{% if x %}", "<%= x %>", "${x}", "${X:-y}", "%(x)s", "%(x)d"];
    for (const template of templates)
      for (const text of [template, `web-${template}.example.com`]) assert.is(templateIn(text), template, text);
  });

  it("are nothing that only looks like one", () => {
    for (const text of ["web1", "a{1,2}", "100%", "50% (x)", "%20", "$X", "5$", "$5", "a$", "{}", "<a>", "$(x)"])
      assert.is(templateIn(text), undefined, text);
  });
});
