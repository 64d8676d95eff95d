import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Failure } from "@shardwright/core";
import { z } from "zod";
import { GlobalSetup } from "../process/global-setup.ts";
import { nodeProgram } from "../process/node-program.ts";
import { sharedEnvironment } from "../process/shared-environment.ts";
import type { SessionOptions } from "../runner.ts";
import type { NodeTestOptions } from "./options.ts";

const flag = "--test-global-setup=";
const setUpSchema = z.strictObject({ environment: z.record(z.string(), z.string().nullable()) });
export type SetUp = z.infer<typeof setUpSchema>;

/** What `--test-global-setup` sets up, for the sessions of one suite, in one run and one process. */
export class SharedSetup {
  static readonly #all = new Map<string, SharedSetup>();

  readonly #key: string;
  readonly #setup: GlobalSetup<SetUp>;
  #members = 0;

  private constructor(key: string, setup: GlobalSetup<SetUp>) {
    this.#key = key;
    this.#setup = setup;
  }

  /** One more session, which is to leave; undefined where nothing is to be set up. */
  static join(session: SessionOptions, options: NodeTestOptions): SharedSetup | undefined {
    const path = options.args.findLast((arg) => arg.startsWith(flag))?.slice(flag.length);
    if (path === undefined) return undefined;
    const environment = { ...sharedEnvironment(session.environment), ...options.environment };
    const command = {
      command: nodeProgram(environment),
      args: [...withoutSetup(options).args, fileURLToPath(new URL("./global-setup.mjs", import.meta.url)), path],
      cwd: resolve(session.workspace, session.directory),
      environment,
    };
    const key = JSON.stringify([session.environment["SHARDWRIGHT_RUN_ID"], command]);
    const shared = SharedSetup.#all.get(key) ?? new SharedSetup(key, new GlobalSetup(command, setUpSchema));
    SharedSetup.#all.set(key, shared);
    shared.#members += 1;
    return shared;
  }

  prepare(session: SessionOptions): ReturnType<GlobalSetup<SetUp>["prepare"]> {
    return this.#setup.prepare([], session);
  }

  /** @returns what could not be torn down, if this was the last session */
  async leave(): Promise<Failure | undefined> {
    this.#members -= 1;
    if (this.#members > 0) return undefined;
    SharedSetup.#all.delete(this.#key);
    return this.#setup.close();
  }
}

/** For the processes of files, which set up nothing themselves. */
export function withoutSetup(options: NodeTestOptions): NodeTestOptions {
  return { ...options, args: options.args.filter((arg) => !arg.startsWith(flag)) };
}
