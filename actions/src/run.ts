import { act } from "./act.ts";
import { commonFlags } from "./arguments.ts";

await act(["run"], { ...commonFlags, workers: "text" });
