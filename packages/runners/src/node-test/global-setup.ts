import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { GlobalSetup } from "../process/global-setup.ts";
import { nodeProgram } from "../process/node-program.ts";
import { sharedEnvironment } from "../process/shared-environment.ts";
import { type Share, Shares } from "../process/shares.ts";
import type { SessionOptions } from "../runner.ts";
import type { NodeTestOptions } from "./options.ts";

const flag = "--test-global-setup=";
const setUpSchema = z.strictObject({ environment: z.record(z.string(), z.string().nullable()) });
export type SetUp = z.infer<typeof setUpSchema>;

const setUps = new Shares<GlobalSetup<SetUp>>();

/** What `--test-global-setup` sets up, for the sessions of one suite; undefined where nothing is to be set up. */
export function joinSetup(session: SessionOptions, options: NodeTestOptions): Share<GlobalSetup<SetUp>> | undefined {
  const path = options.args.findLast((arg) => arg.startsWith(flag))?.slice(flag.length);
  if (path === undefined) return undefined;
  const environment = { ...sharedEnvironment(session.environment), ...options.environment };
  const command = {
    command: nodeProgram(environment),
    args: [...withoutSetup(options).args, fileURLToPath(new URL("./global-setup.mjs", import.meta.url)), path],
    cwd: resolve(session.workspace, session.directory),
    environment,
  };
  return setUps.join(session.environment, command, (after) => new GlobalSetup(command, setUpSchema, after));
}

/** For the processes of files, which set up nothing themselves. */
export function withoutSetup(options: NodeTestOptions): NodeTestOptions {
  return { ...options, args: options.args.filter((arg) => !arg.startsWith(flag)) };
}
