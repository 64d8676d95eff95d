import { createRequire } from "node:module";
import type { Agent as AgentClass, buildConnector as BuildConnector, Dispatcher } from "undici";

/**
 * What is used of undici. Its root loads fetch, caches and mocks as well: 60 ms of a processor measured, of which 25 for what the client
 * needs in any case, and each run that has a coordinator of its own would wait for the rest.
 */
const load = createRequire(import.meta.url);

export const Agent = load("undici/lib/dispatcher/agent.js") as typeof AgentClass;
export const buildConnector = load("undici/lib/core/connect.js") as typeof BuildConnector;

// As undici's root does: what a dispatcher is asked by.
const { prototype } = load("undici/lib/dispatcher/dispatcher.js") as { prototype: Dispatcher };
Object.assign(prototype, load("undici/lib/api/index.js"));
