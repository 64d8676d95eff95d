import { act } from "./act.ts";
import { commonFlags } from "./arguments.ts";

await act(["worker"], { ...commonFlags, index: "text", total: "text", slots: "text" });
