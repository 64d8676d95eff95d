import { c as commonFlags, t as act } from "./part-CbejMZfP.js";
// actions/src/run.ts
await act(["run"], {
	...commonFlags,
	workers: "text"
});
export {};
