import { l as linesOf, t as act, u as getInput } from "./part-CbejMZfP.js";
// actions/src/report.ts
await act([
	"report",
	"publish",
	...linesOf(getInput("files"))
], {
	config: "text",
	expect: "text",
	"fail-on": "text",
	"strip-prefix": "list",
	"output-dir": "text",
	"report-formats": "list",
	publish: "list",
	"publish-name": "text"
});
export {};
