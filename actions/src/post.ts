import { setTimeout as wait } from "node:timers/promises";
import * as core from "@actions/core";
import { endGithubStatus, politeFetch } from "@shardwright/ci";
import { reasonOf } from "@shardwright/core";
import { states } from "./act.ts";

/** The end of a step is no place for patience. */
const politeness = { timeout_ms: 5000, attempts: 3, total_ms: 15_000 };

// A step that came to its end by itself has left nothing behind.
if (core.getState(states.begun) === "true" && core.getState(states.ended) !== "true") {
  const signal = AbortSignal.timeout(politeness.total_ms);
  const session = {
    env: process.env,
    token: core.getInput("token"),
    name: core.getState(states.name) || "Shardwright",
    fetch: politeFetch({
      politeness,
      signal,
      now_ms: () => Date.now(),
      wait: (ms, stopped) => wait(ms, undefined, { signal: stopped }),
      random: Math.random,
    }),
    write: (line: string) => void process.stdout.write(`${line}\n`),
    now_ms: () => Date.now(),
    signal,
  };
  try {
    const was = await endGithubStatus(session, "The job was killed before the run had a verdict.");
    if (was) core.info("The check run that was still in progress is cancelled.");
  } catch (error) {
    // The job's own result says enough.
    core.info(`The check run could not be ended: ${reasonOf(error)}`);
  }
}
