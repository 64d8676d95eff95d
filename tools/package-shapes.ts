/** Packs each package as npm would get it, and lets publint judge the tarballs. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { packAll } from "./pack.ts";

const out = mkdtempSync(join(tmpdir(), "shardwright-pack-"));
let problems = 0;
try {
  for (const { directory, tarball } of packAll(out)) {
    const bytes = readFileSync(tarball);
    const { messages, pkg } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
    });
    for (const message of messages.filter(({ type }) => type !== "suggestion")) {
      problems += 1;
      console.error(`${directory}: ${formatMessage(message, pkg)}`);
    }
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exitCode = problems === 0 ? 0 : 1;
