import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { reportFromCases, type CaseStatus } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Session } from "../../publishing/channel.ts";
import { publicationOf } from "../../publishing/publication.ts";
import type { Published } from "../../publishing/channel.ts";
import { publish } from "../../publishing/publish.ts";
import { buildkiteProvider } from "./provider.ts";

/** A program in the agent's place that takes what the agent's documentation names, and nothing else. */
const agent = `#!${process.execPath}
const { readFileSync, writeFileSync } = require("node:fs");
const [command, ...args] = process.argv.slice(2);
const refuse = (why) => { process.stderr.write("fatal: " + why + "\\n"); process.exit(1); };
if (command !== "annotate") refuse("unknown command " + command);
if (process.env.BUILDKITE_AGENT_ACCESS_TOKEN !== "a-token") refuse("Must be given --agent-access-token");
const flags = {};
for (let place = 0; place < args.length; place += 2) {
  if (!["--context", "--style"].includes(args[place])) refuse("unknown flag " + args[place]);
  flags[args[place].slice(2)] = args[place + 1];
}
if (!["success", "info", "warning", "error"].includes(flags.style)) refuse("unknown style " + flags.style);
const body = readFileSync(0);
if (body.length === 0 || body.length > 1048576) refuse("body of " + body.length + " bytes");
writeFileSync(process.env.SEEN, JSON.stringify({ ...flags, body: body.toString("utf8") }));
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "buildkite-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function annotated(status: CaseStatus, cases: number, token = "a-token"): Promise<Published[]> {
  const session: Session = {
    env: {
      BUILDKITE: "true",
      BUILDKITE_AGENT_ACCESS_TOKEN: token,
      PATH: [join(folder, "elsewhere"), folder].join(delimiter),
      SEEN: join(folder, "seen.json"),
    },
    token: undefined,
    name: "unit tests",
    fetch: () => Promise.reject(new Error("there is no network in this")),
    write: () => {},
    now_ms: () => 0,
    signal: AbortSignal.timeout(30_000),
  };
  const results = Array.from({ length: cases }, (_, place) => ({
    path: [`case ${place} ${"n".repeat(300)}`],
    ordinal: 0,
    status,
    duration_ms: 1,
    retries: 0,
    message: "m".repeat(1000),
  }));
  const files = Array.from({ length: 40 }, (_, place) => ({ file: `${place}.test.ts`, cases: results }));
  return [...(await publish(buildkiteProvider, publicationOf(reportFromCases({ name: "r", files })), session))];
}

test("a job without the agent's program says so only where it was asked", async () => {
  expect(await annotated("passed", 1)).toMatchObject([{ outcome: "unavailable" }]);
  expect(existsSync(join(folder, "seen.json"))).toBe(false);
});

test.skipIf(process.platform === "win32")(
  "the agent is given the run as Markdown, within its limit, and its refusal is told",
  async () => {
    const path = join(folder, "buildkite-agent");
    writeFileSync(path, agent);
    chmodSync(path, 0o755);
    const seen = () => JSON.parse(readFileSync(join(folder, "seen.json"), "utf8")) as Record<string, string>;
    expect(await annotated("passed", 1)).toMatchObject([{ outcome: "done" }]);
    expect(seen()).toMatchObject({ context: "unit tests", style: "success" });
    expect(await annotated("failed", 100)).toMatchObject([{ outcome: "done" }]);
    expect(seen()).toMatchObject({ style: "error", body: expect.stringContaining("case 0") as string });
    expect(await annotated("passed", 1, "wrong")).toMatchObject([
      { outcome: "failed", note: "buildkite-agent annotate ended with 1: fatal: Must be given --agent-access-token" },
    ]);
  },
);
