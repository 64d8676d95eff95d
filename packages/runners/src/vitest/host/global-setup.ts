import { deserialize, serialize } from "node:v8";
import type { TestProject, Vitest } from "vitest/node";
import { applyChanges, changesSince } from "../../process/environment-changes.ts";
import type { SetUp } from "./load-vitest.ts";

type Environment = Readonly<Record<string, string | undefined>>;
/** What vitest itself calls before the first file of a project; not among what it documents. */
type SetsUp = TestProject & {
  readonly _initializeGlobalSetup?: () => Promise<void>;
  /** Of a browser's project, the one that names its browsers; it sets up for all of them. */
  readonly _instanceParent?: TestProject;
};

/** The projects whose files wait for a global set-up, theirs or that of the root; none where this vitest does it in a way that is not known. */
export function hookedProjects(vitest: Vitest): string[] {
  const root = vitest.getRootProject() as SetsUp;
  if (typeof root._initializeGlobalSetup !== "function") return [];
  return vitest.projects.filter((project) => isHooked(project) || isHooked(root)).map(({ name }) => name);
}

/** Leaves the global set-ups to another process. */
export function withoutGlobalSetup(vitest: Vitest): void {
  const projects: SetsUp[] = [...vitest.projects, vitest.getRootProject()];
  const parents = projects.flatMap(({ _instanceParent: parent }) => parent ?? []);
  for (const { config } of [...projects, ...parents]) Object.assign(config, { globalSetup: [] });
}

/** Runs the global set-ups that a project's files wait for, in vitest's own order. @param before the environment before the first of any project */
export async function setUp(vitest: Vitest, project: TestProject, before: Environment): Promise<SetUp> {
  for (const each of new Set<SetsUp>([project, vitest.getRootProject()])) await each._initializeGlobalSetup?.();
  return {
    environment: changesSince(before),
    provided: serialize(project.getProvidedContext()).toString("base64"),
  };
}

/** Has a project's files find what was set up elsewhere. */
export function takeOver(project: TestProject, { environment, provided }: SetUp): void {
  applyChanges(environment);
  const provide = project.provide.bind(project) as (name: string, value: unknown) => void;
  const values = deserialize(Buffer.from(provided, "base64")) as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(values)) provide(name, value);
}

function isHooked({ config }: TestProject): boolean {
  return [config.globalSetup].flat().length > 0;
}
