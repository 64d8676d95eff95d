import type { SettingValue } from "@shardwright/core";

/** A setting's value as people write it. */
export function settingText(value: SettingValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** What somebody wrote, as the coordinator takes it. What is no number is sent as it is: the coordinator says what is wrong with it. */
export function settingValue(text: string, kind: "list" | "number" | "switch" | "text"): SettingValue {
  const trimmed = text.trim();
  if (kind === "switch") return trimmed === "yes";
  if (kind === "list") return trimmed === "" ? [] : trimmed.split(/[\s,]+/);
  if (kind === "text") return trimmed;
  const value = Number(trimmed);
  return trimmed !== "" && Number.isFinite(value) ? value : trimmed;
}
