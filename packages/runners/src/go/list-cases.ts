import { join, posix } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { ListedCase, ListRequest } from "../runner.ts";
import { joinBuilder } from "./builders.ts";
import { parseGoOptions, readGoLine } from "./options.ts";
import { testEnvironment } from "./session.ts";
import { parseTaskArguments } from "./task-arguments.ts";
import { findTestPlaces } from "./test-places.ts";
import { findToolchain } from "./toolchain.ts";
import { listTopLevel } from "./top-level.ts";

/** The tests of a package, as its binary lists them; subtests are known only to who runs them. */
export async function listGoCases(request: ListRequest): Promise<ListedCase[]> {
  const options = parseGoOptions(request.options);
  const toolchain = await findToolchain(request, options.go, request.environment, request.signal);
  const line = readGoLine(options, toolchain.flags);
  const failed = (reason: string) =>
    new ShardwrightError("discovery-failed", { framework: "go test", directory: join(request.workspace, request.file), reason });
  const { client, leave } = joinBuilder({ toolchain, args: options.args, build: line.build });
  const package_ = posix.relative(request.directory, request.file) || ".";
  try {
    const { files, tests } = parseTaskArguments(request.args);
    const built = await client.acquire(package_, request.signal ?? new AbortController().signal);
    request.signal?.throwIfAborted();
    if (built === undefined || built.kind === "none") return [];
    if (built.kind === "failed") throw failed(built.message);
    const folder = join(request.workspace, request.file);
    const names = await listTopLevel({
      binary: built.path,
      folder,
      environment: testEnvironment(request.environment, toolchain, folder),
      flags: new Map([...line.tests, ...tests]),
      exec: line.exec,
      signal: request.signal,
    });
    const places = await findTestPlaces(folder, built.testFiles);
    return names.flatMap((name) => {
      const place = places.get(name);
      if (files.length > 0 && !files.includes(place?.file ?? "")) return [];
      return [{ path: [name], ...(place === undefined ? {} : { line: place.line }) }];
    });
  } catch (error) {
    request.signal?.throwIfAborted();
    throw error instanceof ShardwrightError ? error : failed(reasonOf(error));
  } finally {
    client.release(package_);
    await leave();
  }
}
