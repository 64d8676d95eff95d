import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import type { TestContext } from "@jest/test-result";
import type { Configuration, Project } from "./configuration.ts";
import type { HasteMapObject, JestPackages } from "./jest-packages.ts";

export interface CrawledProject extends Project, HasteMapObject {}

export interface FoundFiles {
  readonly files: readonly { readonly file: string; readonly project: string }[];
  /** Snapshot files whose test file is gone: jest fails a run for them. */
  readonly obsolete: readonly { readonly file: string; readonly project: string }[];
}

/** Finds out what is in the folders of each project: what jest calls its haste map, cached on disk from run to run. */
export async function crawl(packages: JestPackages, { globalConfig, projects }: Configuration): Promise<CrawledProject[]> {
  const Runtime = packages.get("jest-runtime").default;
  return Promise.all(
    projects.map(async (project) => {
      mkdirSync(project.config.cacheDirectory, { recursive: true });
      const hasteMap = await Runtime.createHasteMap(project.config, {
        console,
        maxWorkers: Math.max(1, Math.floor(globalConfig.maxWorkers / projects.length)),
        resetCache: !project.config.cache,
        watch: false,
        watchman: globalConfig.watchman,
        workerThreads: globalConfig.workerThreads,
      });
      const { hasteFS, moduleMap } = await hasteMap.build();
      return { ...project, hasteFS, moduleMap };
    }),
  );
}

/** Lists what jest would run, by its own rules. */
export async function findFiles(
  packages: JestPackages,
  { globalConfig }: Configuration,
  projects: readonly CrawledProject[],
): Promise<FoundFiles> {
  const { SearchSource } = packages.get("@jest/core");
  const filter = await loadFilter(globalConfig.skipFilter ? undefined : globalConfig.filter);
  // With `jest -u` they would be removed.
  const isJudged = globalConfig.updateSnapshot !== "all";
  const found = await Promise.all(
    projects.map(async ({ name, config, hasteFS, moduleMap }) => {
      const resolver = packages.get("jest-runtime").default.createResolver(config, moduleMap);
      const source = new SearchSource({ config, hasteFS, moduleMap, resolver });
      // Jest 30 wants the project's configuration as its second argument.
      const between = packages.major >= 30 ? [config, undefined] : [undefined];
      const { tests } = await source.getTestPaths(globalConfig, ...between, filter);
      return {
        files: tests.map(({ path }) => ({ file: path, project: name })),
        obsolete: isJudged && tests.length > 0 ? await findObsolete(packages, { config, hasteFS }, name) : [],
      };
    }),
  );
  return { files: found.flatMap(({ files }) => files), obsolete: found.flatMap(({ obsolete }) => obsolete) };
}

async function findObsolete(
  packages: JestPackages,
  { config, hasteFS }: Pick<TestContext, "config" | "hasteFS">,
  project: string,
): Promise<{ file: string; project: string }[]> {
  // What jest has for snapshots takes longer to load than all else here.
  if (hasteFS.matchFiles(/\.snap$/).length === 0) return [];
  const { buildSnapshotResolver, cleanup } = packages.get("jest-snapshot");
  const resolver = await buildSnapshotResolver(config);
  const { filesRemovedList } = cleanup(hasteFS, "none", resolver, config.testPathIgnorePatterns);
  return filesRemovedList.map((file) => ({ file, project }));
}

type Filter = (paths: string[]) => Promise<{ filtered: string[] }>;

/** The project's own filter of test paths. */
async function loadFilter(path: string | undefined): Promise<Filter | undefined> {
  if (!path) return undefined;
  const filter = createRequire(path)(path) as Filter & { setup?: () => Promise<void> };
  await filter.setup?.();
  return filter;
}
