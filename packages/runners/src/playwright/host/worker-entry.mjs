// Starts Playwright's worker program, which is named as the only argument, as if it had been started itself.
import { createRequire, enableCompileCache } from "node:module";

const [, , program] = process.argv;
process.argv.splice(1, 2, program);
// A sixth of what a worker's start costs; coverage wants code that was compiled in the process itself.
if (process.env.NODE_V8_COVERAGE === undefined) enableCompileCache();
createRequire(program)(program);
