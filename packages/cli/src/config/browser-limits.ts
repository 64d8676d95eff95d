import { browserSettings } from "./browser-settings.ts";
import { variableOf } from "./settings.ts";

interface BrowserSettings {
  readonly browserPoolSize?: number | undefined;
  readonly browserContexts?: number | undefined;
  readonly browserGpuContexts?: number | undefined;
  readonly browserTasks?: number | undefined;
  readonly browserMemory?: number | undefined;
}

/** The same for processes that are started from here, where flags or the file say anything of it. */
export function browserVariables(settings: BrowserSettings): Record<string, string> {
  const keys = Object.keys(browserSettings) as (keyof typeof browserSettings)[];
  return Object.fromEntries(
    keys.flatMap((key) => (settings[key] === undefined ? [] : [[variableOf(key), String(settings[key])]])),
  );
}

/** Tells this process's pool of browsers what it may use, where anything is said of it; what drives browsers is loaded only then. */
export async function applyBrowserLimits(settings: BrowserSettings): Promise<void> {
  const { browserPoolSize, browserContexts, browserGpuContexts, browserTasks, browserMemory } = settings;
  const limits = {
    browsers: browserPoolSize,
    leases: browserContexts,
    gpuLeases: browserGpuContexts,
    tasks: browserTasks,
    memory_bytes: browserMemory === undefined ? undefined : browserMemory * 1024 * 1024,
  };
  if (Object.values(limits).every((value) => value === undefined)) return;
  const { choosePoolLimits } = await import("@shardwright/browsers");
  const { ShardwrightError, reasonOf } = await import("@shardwright/core");
  try {
    choosePoolLimits(limits);
  } catch (error) {
    throw new ShardwrightError("config-invalid", { problems: reasonOf(error) }, { cause: error });
  }
}
