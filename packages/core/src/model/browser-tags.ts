import type { Requirements } from "./requirement.ts";

/** What a browser can do and tests may ask for by name: `webgpu`, `webnn:gpu`, `codec:h264`. */
const ability = /^(?:webgpu|webnn|webgl2?|wasm-simd|wasm-threads|codec)(?::[a-z0-9]+)?$/;
const offered = "browser:";

/** The browsers that tags ask for: `browser:firefox` for `firefox`. */
export function browsersIn(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith(offered)).map((tag) => tag.slice(offered.length));
}

/**
 * Tags with what a browser can do bound to the browsers asked for: with `browser:firefox`, `webgpu` becomes `firefox:webgpu`, which a worker
 * has whose Firefox can, and not one that has it in another browser beside a Firefox without.
 */
export function boundToBrowsers(tags: readonly string[]): string[] {
  const kinds = browsersIn(tags);
  if (kinds.length === 0) return [...tags];
  return [...new Set(tags.flatMap((tag) => (ability.test(tag) ? kinds.map((kind) => `${kind}:${tag}`) : [tag])))];
}

/** Whether anything asked for is a browser's to offer. */
export function needsBrowser({ tags = [] }: Requirements): boolean {
  return tags.some((tag) => tag.startsWith(offered) || ability.test(tag) || abilityOf(tag) !== undefined);
}

/** What is asked for of one kind of browser, itself first, as tags. */
export function tagsOfBrowser({ tags = [] }: Requirements, kind: string): string[] {
  return [`${offered}${kind}`, ...tags.filter((tag) => tag.startsWith(`${kind}:`) && abilityOf(tag) !== undefined)];
}

/** @example browserInWords(["browser:firefox", "firefox:webgpu"]) // "firefox with webgpu" */
export function browserInWords(tags: readonly string[], kind: string): string {
  const abilities = tags.flatMap((tag) => (tag.startsWith(`${kind}:`) ? (abilityOf(tag) ?? []) : []));
  return abilities.length === 0 ? kind : `${kind} with ${abilities.join(" and ")}`;
}

/** `webgpu` of `firefox:webgpu`. */
function abilityOf(tag: string): string | undefined {
  const rest = tag.slice(tag.indexOf(":") + 1);
  return tag.includes(":") && ability.test(rest) ? rest : undefined;
}
