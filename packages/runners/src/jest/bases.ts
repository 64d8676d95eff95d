import { Base, type JestSuite } from "./base.ts";

/** The bases of this process by suite: sessions of one run share theirs. */
const bases = new Map<string, Base>();

/** A new base, for a listing: what an earlier one saw may have changed. The sessions that come next share it. */
export function newBase(suite: JestSuite): Base {
  const key = keyOf(suite);
  const base = new Base(withoutSlot(suite));
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
  return JSON.stringify([suite, Object.entries(environment).filter(isShared).toSorted(byName)]);
}

/** It serves all slots, and a secret of the command that lists the files is not for what the project's setup starts. */
function withoutSlot(suite: JestSuite): JestSuite {
  return {
    ...suite,
    environment: { ...Object.fromEntries(Object.entries(suite.environment).filter(isShared)), SHARDWRIGHT: "1" },
  };
}

function isShared([name]: readonly [string, string]): boolean {
  return name === "SHARDWRIGHT_NODE" || !/^SHARDWRIGHT/i.test(name);
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}
