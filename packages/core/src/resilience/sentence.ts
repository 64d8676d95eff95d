import { formatCount } from "../model/count.ts";
import type { Association, Share } from "./association.ts";
import type { MassFailure } from "./mass-failure.ts";
import type { Attribute } from "./observation.ts";

const conclusions = {
  worker: "likely the machine",
  hardware: "likely that kind of machine",
  browser: "likely what is particular to that browser",
  hour: "likely something that happens at that time",
  preceding: "likely what that test leaves behind",
} as const satisfies Record<Attribute, string>;

/**
 * What a cluster of failures goes with: "only on worker gpu-3 since 14:02 UTC: 12 of 12 here, 0 of 340 elsewhere (p < 0.001): likely the
 * machine".
 * @param options.dated whether a moment needs its day
 */
export function associationSentence(
  { attribute, value, here, elsewhere, p, since, again }: Association,
  { dated = false, counted = "attempts" }: { readonly dated?: boolean; readonly counted?: "attempts" | "runs" } = {},
): string {
  const only = elsewhere.failed === 0 ? "only" : "mostly";
  const place = `${only} ${placeOf(attribute, value)}${since === undefined ? "" : ` since ${dated ? `${day(since.at_ms)} ` : ""}${clock(since.at_ms)}`}`;
  const after = since?.after === undefined ? "" : `, right after ${since.after}`;
  const counts = `${share(here)}${counted === "runs" ? " runs" : ""} here, ${share(elsewhere)} elsewhere (${chance(p)})`;
  const tried = again.passed + again.failed;
  const passed = tried === 0 ? "" : `; run again elsewhere, ${again.passed} of ${tried} passed`;
  return `${place}${after}: ${counts}${passed}: ${conclusions[attribute]}`;
}

/**
 * What a mass failure was: "14 of 20 tests that ran from 14:02 to 14:03 UTC failed at once, in 3 suites on 4 workers; 14 passed when run
 * again: likely the infrastructure, not the tests".
 */
export function massFailureSentence({ from_ms, until_ms, units, of, recovered, suites, workers, scope }: MassFailure): string {
  const what = `${formatCount(units)} of ${formatCount(of)} tests that ran ${between(from_ms, until_ms)} failed at once`;
  const where =
    scope === "worker"
      ? ` on worker ${workers[0] ?? ""}`
      : `, in ${plural(suites.length, "suite")} on ${plural(workers.length, "worker")}`;
  const again = recovered === 0 ? "" : `; ${formatCount(recovered)} passed when run again`;
  const cause = scope === "worker" ? "the machine" : "the infrastructure";
  // What never passed may as well want something that is not there any more.
  return `${what}${where}${again}: likely ${cause}${recovered === 0 ? "" : ", not the tests"}`;
}

function placeOf(attribute: Attribute, value: string): string {
  switch (attribute) {
    case "worker":
      return `on worker ${value}`;
    case "hardware":
      return `on hardware ${value}`;
    case "browser":
      return `in browser ${value}`;
    case "hour":
      return `in the hour from ${value} UTC`;
    case "preceding":
      return `right after ${value} on the same worker`;
  }
}

function between(from_ms: number, until_ms: number): string {
  const [from, until] = [clock(from_ms), clock(until_ms)];
  return from === until ? `at ${from}` : `from ${from.replace(" UTC", "")} to ${until}`;
}

function share({ failed, of }: Share): string {
  return `${formatCount(failed)} of ${formatCount(of)}`;
}

function chance(p: number): string {
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

function clock(at_ms: number): string {
  return `${new Date(at_ms).toISOString().slice(11, 16)} UTC`;
}

function day(at_ms: number): string {
  return new Date(at_ms).toISOString().slice(0, 10);
}

function plural(value: number, one: string): string {
  return `${formatCount(value)} ${value === 1 ? one : `${one}s`}`;
}
