import { shortCommit, valueWords } from "../src/reports/trends/words.ts";
import { make } from "./dom.ts";
import type { TrendModel } from "./trends-model.ts";

/** What is known of a point, the commit as a link where it is known where commits are. */
export function readout({ picture, facts }: TrendModel, index: number): (Node | string)[] {
  const fact = facts[index];
  if (fact === undefined) return [];
  const change = picture.changes.find((each) => each.index === index);
  const within = picture.changes.find(({ first, last }) => index >= first && index <= last);
  const anomaly = picture.anomalies.find((each) => each.index === index);
  const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(fact.at_ms));
  const said =
    change !== undefined
      ? `${change.judgement} begins here, most likely`
      : within !== undefined
        ? `${within.judgement} may begin here`
        : anomaly !== undefined
          ? "far off its level"
          : undefined;
  return [
    make("b", {}, valueWords(fact.value, picture.unit)),
    ...(fact.count > 1 ? [` of ${fact.count} measurements`] : []),
    ...(fact.commit === undefined ? [] : [" · ", commitOf(fact.commit, fact.commit_url)]),
    ` · ${time}`,
    ...(fact.measured_by === undefined ? [] : [` · ${fact.measured_by}`]),
    ...(fact.run === undefined ? [] : [` · run ${fact.run}`]),
    ...(fact.mark === undefined ? [] : [` · left out: ${fact.mark}`]),
    ...(said === undefined ? [] : [" · ", make("strong", {}, said)]),
    make("small", {}, ` · ${index + 1} of ${facts.length}`),
  ];
}

function commitOf(commit: string, url: string | undefined): Node {
  const name = make("code", { title: commit }, shortCommit(commit));
  return url === undefined ? name : make("a", { href: url, rel: "noreferrer" }, name);
}

/** The next point in a direction at which a change begins, or that is far off; the point itself where there is none. */
export function notableAfter({ picture }: TrendModel, index: number, by: 1 | -1): number {
  const notable = [...picture.changes, ...picture.anomalies].map((each) => each.index).sort((one, other) => one - other);
  const next = by === 1 ? notable.find((each) => each > index) : notable.findLast((each) => each < index);
  return next ?? index;
}
