import { sharedEnvironment } from "../process/shared-environment.ts";
import { Base, type JestSuite } from "./base.ts";

/** The bases of this process by suite: sessions of one run share theirs. */
const bases = new Map<string, Base>();

/** A new base, for a listing: what an earlier one saw may have changed. The sessions that come next share it. */
export function newBase(suite: JestSuite): Base {
  const key = keyOf(suite);
  const base = new Base({ ...suite, environment: sharedEnvironment(suite.environment) });
  base.use();
  bases.set(key, base);
  void base.ended.then(() => {
    if (bases.get(key) === base) bases.delete(key);
  });
  return base;
}

/** The base for sessions of the run that the environment names, begun if there is none. */
export function sharedBase(suite: JestSuite): Base {
  const run = suite.environment["SHARDWRIGHT_RUN_ID"];
  const known = bases.get(keyOf(suite));
  if (known === undefined || known.isOver || (known.run !== undefined && known.run !== run)) {
    const base = newBase(suite);
    base.run = run;
    return base;
  }
  known.run = run;
  known.use();
  return known;
}

/** Ends the bases that no session uses now, without waiting for their time. */
export async function closeIdleBases(): Promise<void> {
  await Promise.all([...bases.values()].filter((base) => base.isIdle).map((base) => base.close()));
}

function keyOf({ environment, ...suite }: JestSuite): string {
  return JSON.stringify([suite, sharedEnvironment(environment)]);
}
