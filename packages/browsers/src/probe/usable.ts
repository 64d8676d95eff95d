import type { DetectedBrowser } from "../browser.ts";
import { detectBrowsers } from "../detection/detect.ts";
import { type SurveyedBrowser, surveyBrowsers } from "./survey.ts";

let offered: readonly DetectedBrowser[] | undefined;

/** Of several browsers of one kind the first that starts: what is offered, and what tests are given. */
export function firstUsable(surveyed: readonly SurveyedBrowser[]): SurveyedBrowser[] {
  const kinds = new Set<string>();
  return surveyed.filter(({ browser: { kind }, result }) => {
    if (!result.started || kinds.has(kind)) return false;
    kinds.add(kind);
    return true;
  });
}

/** Tells this process which browsers its worker offers: tests are given these, and no others of their kinds. */
export function noteOffered(surveyed: readonly SurveyedBrowser[]): void {
  offered = firstUsable(surveyed).map(({ browser }) => browser);
}

/**
 * One browser of each kind that tests may be given: those that were offered; where nobody has looked for any yet, those that are found. Of a
 * kind of which there are several, they are then asked which of them start, which takes seconds where it is not known.
 */
export async function usableBrowsers(): Promise<readonly DetectedBrowser[]> {
  const { browsers } = await detectBrowsers();
  const known = offered?.filter(({ executable }) => browsers.some((one) => one.executable === executable)) ?? [];
  const others = browsers.filter(({ kind }) => !known.some((one) => one.kind === kind));
  const hasRivals = (kind: string) => others.filter((one) => one.kind === kind).length > 1;
  if (!others.some(({ kind }) => hasRivals(kind))) return [...known, ...others];
  const usable = firstUsable((await surveyBrowsers()).browsers).map(({ browser }) => browser);
  // One that is alone and did not start says why when it is asked for.
  return [
    ...known,
    ...others.filter((one) => !hasRivals(one.kind) || usable.some(({ executable }) => executable === one.executable)),
  ];
}
