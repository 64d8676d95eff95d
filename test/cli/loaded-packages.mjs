import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename } from "node:path";

// Writes down, at its end, which packages a process of the command line has loaded; for `NODE_OPTIONS=--import`, which other processes see, too.
if (basename(process.argv[1] ?? "") === "shardwright.mjs") {
  const packages = new Set();
  registerHooks({
    load(url, context, next) {
      const inside = url.split("/node_modules/").at(-1);
      if (url.includes("/node_modules/")) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(inside)[0]);
      return next(url, context);
    },
  });
  process.once("exit", () => writeFileSync(process.env.LOADED_PACKAGES, JSON.stringify([...packages])));
}
