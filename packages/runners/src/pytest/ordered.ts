import { basename, isAbsolute, relative, resolve } from "node:path";
import type { OrderedCommand, SessionOptions, TypedCommand } from "../runner.ts";
import { findPython } from "./interpreter.ts";
import { parsePytestOptions } from "./options.ts";

/**
 * pytest runs what it is named in the order in which it is named. What would shuffle it, or end it at the first failure, is left out; so is
 * what one run remembers for the next.
 */
export async function orderedPytest(session: SessionOptions): Promise<OrderedCommand> {
  const { args } = parsePytestOptions(session.options);
  const unshuffled = ["-p", "no:randomly", "-p", "no:random_order"];
  const typed = [await programOf(session), "-m", "pytest", ...unshuffled, ...args];
  const quiet = ["-p", "no:cacheprovider", "--maxfail=0", "--rootdir=.", "-o", "junit_family=xunit1", "--junitxml={junit}"];
  return { words: [...typed, ...quiet], typed, nameOf: (file, path) => [file, ...path].join("::") };
}

/** By the interpreter that the suite is run with. */
export async function typedPytest(session: SessionOptions): Promise<TypedCommand> {
  const { args } = parsePytestOptions(session.options);
  return { words: [await programOf(session), "-m", "pytest", ...args], environment: {} };
}

async function programOf(session: SessionOptions): Promise<string> {
  const options = parsePytestOptions(session.options);
  const python = await findPython(session, options.python, session.environment);
  const suite = resolve(session.workspace, session.directory);
  const inside = relative(resolve(session.workspace), python);
  // A virtual environment of the workspace is there wherever that is; else each machine has its own.
  const isOwn = !inside.startsWith("..") && !isAbsolute(inside);
  return options.python ?? (isOwn ? `./${relative(suite, python).split("\\").join("/")}` : basename(python));
}
