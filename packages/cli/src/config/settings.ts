import { artifactSettings } from "./artifact-settings.ts";
import { browserSettings } from "./browser-settings.ts";
import { ciSettings } from "./ci-settings.ts";
import { connectionSettings } from "./connection-settings.ts";
import { coordinatorSettings } from "./coordinator-settings.ts";
import { githubAppSettings } from "./github-app-settings.ts";
import { notifySettings } from "./notify-settings.ts";
import { reportSettings } from "./report-settings.ts";
import { runSettings } from "./run-settings.ts";
import type { CommandName, Setting } from "./setting.ts";
import { suiteSettings } from "./suite-settings.ts";
import { workerSettings } from "./worker-settings.ts";
import { workspaceSettings } from "./workspace-settings.ts";

export type { CommandName, Setting } from "./setting.ts";

/** All there are, in the order in which `--help` lists them. */
export const settings = {
  ...connectionSettings,
  ...suiteSettings,
  ...workspaceSettings,
  ...runSettings,
  ...artifactSettings,
  ...reportSettings,
  ...ciSettings,
  ...notifySettings,
  ...coordinatorSettings,
  ...githubAppSettings,
  ...workerSettings,
  ...browserSettings,
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settings;

/** `testPattern` → `--test-pattern`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `testPattern` → `SHARDWRIGHT_TEST_PATTERN`. */
export function variableOf(key: string): string {
  return `SHARDWRIGHT_${flagOf(key).slice(2).replaceAll("-", "_").toUpperCase()}`;
}

export function settingsOf(command: CommandName): [SettingKey, Setting][] {
  return (Object.entries(settings) as [SettingKey, Setting][]).filter(([, setting]) => setting.commands.includes(command));
}
