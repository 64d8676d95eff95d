import * as core from "@actions/core";
import { act } from "./act.ts";
import { linesOf } from "./arguments.ts";

await act(["report", "publish", ...linesOf(core.getInput("files"))], {
  config: "text",
  expect: "text",
  "fail-on": "text",
  "strip-prefix": "list",
  "output-dir": "text",
  "report-formats": "list",
  publish: "list",
  "publish-name": "text",
});
