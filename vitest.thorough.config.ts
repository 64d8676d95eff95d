import { defineConfig } from "vitest/config";
import configure from "./vitest.config.ts";

/** The thorough tests, for whoever cannot say `--mode thorough`. */
export default defineConfig((given) => configure({ ...given, mode: "thorough" }));
