import { z } from "zod";
import { Machine } from "../process/machine.ts";
import { sharedEnvironment } from "../process/shared-environment.ts";
import { Shares } from "../process/shares.ts";
import { SharingSession } from "../process/sharing-session.ts";
import type { RunnerSession, SessionOptions, SessionTask } from "../runner.ts";
import type { HostConfiguration, SetUp } from "./host/load-vitest.ts";
import { hostCommand } from "./listing.ts";
import { parseTaskArguments, toTaskArguments } from "./task-arguments.ts";

const setUpSchema: z.ZodType<SetUp> = z.strictObject({
  environment: z.record(z.string(), z.string().nullable()),
  provided: z.base64(),
});

/** What a host says once it has read the configuration. */
const hooksSchema = z.strictObject({
  /** The project of tasks that name none. */
  first: z.string(),
  /** Projects whose files wait for a global set-up. */
  hooked: z.array(z.string()),
  /** Projects whose files run one at a time: `fileParallelism` is off. */
  serial: z.array(z.string()),
});

const machines = new Shares<Machine<SetUp>>();

/** A warm process that runs files, each after the global set-up of its project, which is done once for all sessions. */
export function openSession(configuration: HostConfiguration, { environment, closeGrace_ms }: SessionOptions): RunnerSession {
  const setup = { ...configuration, mode: "setup" as const };
  return new SharingSession({
    command: hostCommand(configuration, environment),
    closeGrace_ms,
    schema: hooksSchema,
    share: machines.join(
      environment,
      configuration,
      (after) => new Machine(hostCommand(setup, sharedEnvironment(environment)), setUpSchema, after),
    ),
    needsOf: (task, { first, hooked, serial }) => {
      const project = projectOf(task) ?? first;
      return {
        setup: hooked.includes(project) ? toTaskArguments(project, false) : undefined,
        isSerial: serial.includes(project),
      };
    },
  });
}

function projectOf({ args }: SessionTask): string | undefined {
  try {
    return parseTaskArguments(args).project;
  } catch {
    // The process that is to run it says what is wrong.
    return undefined;
  }
}
