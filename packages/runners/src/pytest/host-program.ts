import { fileURLToPath } from "node:url";

/** The Python program of ours: beside this module, in a checkout as in a package. */
export const hostProgram = fileURLToPath(new URL("shardwright_host.py", import.meta.url));
