import type { Runner, RunnerSession, SessionOptions } from "../runner.ts";
import { joinBuilder } from "./builders.ts";
import { detectGo } from "./detect.ts";
import { discoverGo } from "./discover.ts";
import { listGoCases } from "./list-cases.ts";
import { parseGoOptions, readGoLine } from "./options.ts";
import { GoSession } from "./session.ts";
import { findToolchain } from "./toolchain.ts";

/** The tests of Go packages, as `go test` runs them. */
export const goRunner: Runner = {
  name: "go",
  capabilities: {
    title: "go test",
    streamsCases: true,
    // A package is a program of its own; what is kept warm is the building.
    warmProcess: false,
    selectsCases: true,
    splitsFiles: true,
    readsProjectConfiguration: true,
    reportsRetries: false,
    reportsLines: true,
    versions: "1.19, 1.22, 1.24",
  },
  opensEarly: true,
  detect: detectGo,
  discover: discoverGo,
  listCases: listGoCases,
  ordered: () => Promise.resolve("go test runs the tests of a package in the order in which they are written"),
  open,
};

async function open(session: SessionOptions): Promise<RunnerSession> {
  const options = parseGoOptions(session.options);
  const toolchain = await findToolchain(session, options.go, session.environment);
  const line = readGoLine(options, toolchain.flags);
  const { client, leave } = joinBuilder({ toolchain, args: options.args, build: line.build, places: line.places });
  return new GoSession({ session, toolchain, line, builder: client, leave });
}
