import vendors from "ci-info/vendors.json" with { type: "json" };
import { contextOf } from "../description.ts";
import type { CiProvider, Environment } from "../provider.ts";
import { byEnvironment } from "./by-environment.ts";

/** Some CI system, of which at most the name is known. */
export const otherProvider: CiProvider = byEnvironment({
  name: "other",
  capabilities: { title: "any other" },
  detect: (env) => !isOff(env.CI) && ((env.CI !== undefined && env.CI !== "") || vendorOf(env) !== undefined),
  describe: (env) => ({ context: contextOf({ provider: vendorOf(env) ?? "other" }) }),
});

/** A person's machine. */
export const noProvider: CiProvider = {
  ...otherProvider,
  name: "none",
  detect: () => true,
  describe: () => ({ context: {} }),
};

function isOff(value: string | undefined): boolean {
  return value === "false" || value === "0";
}

/** A variable that is there, one that holds a text, some of several; or variables with exact values. */
type Sign = string | { readonly env?: string; readonly includes?: string; readonly any?: readonly string[] };

/** The name of the CI system by the variables that it sets. */
function vendorOf(env: Environment): string | undefined {
  return vendors.find((vendor) => [vendor.env as Sign | Sign[]].flat().every((sign) => isThere(sign, env)))?.name;
}

function isThere(sign: Sign, env: Environment): boolean {
  if (typeof sign === "string") return Boolean(env[sign]);
  const { any, env: name, includes } = sign;
  if (any !== undefined) return any.some((one) => env[one]);
  if (name !== undefined && includes !== undefined) return env[name]?.includes(includes) === true;
  return Object.entries(sign).every(([exact, value]) => env[exact] === value);
}
