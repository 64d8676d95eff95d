import { c as commonFlags, t as act } from "./part-CbejMZfP.js";
// actions/src/worker.ts
await act(["worker"], {
	...commonFlags,
	index: "text",
	total: "text",
	slots: "text"
});
export {};
