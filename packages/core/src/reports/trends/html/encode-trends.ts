import type { TrendPoint } from "../../../protocol/trends.ts";
import { plainText } from "../../../model/plain-text.ts";
import { Interned } from "../../html/encode-parts.ts";
import type { TrendPicture } from "../picture/picture-of.ts";
import type { ReportedTrend } from "../trend-report.ts";
import { metricName, testName } from "../words.ts";
import { commitsAt } from "./links.ts";
import type { PagePoints, PageTrend, TrendPayload } from "./payload.ts";

export interface DrawnCard {
  readonly trend: ReportedTrend;
  readonly picture: TrendPicture;
}

/** Makes the page's data out of the series that are drawn, in the order of their pictures. */
export function encodeTrends(cards: readonly DrawnCard[], repository_url: string | undefined): TrendPayload {
  const strings = new Interned();
  const commits_at = commitsAt(repository_url);
  return {
    ...(commits_at !== undefined && { commits_at }),
    series: cards.map(({ trend, picture }): PageTrend => {
      const { points: shown, ...rest } = picture.series;
      return {
        name: `${testName(trend)}, ${metricName(trend)}`,
        ...rest,
        points: columnsOf(
          trend.drawn?.points ?? [],
          shown.map(({ machine }) => machine),
          strings,
        ),
      };
    }),
    strings: strings.values,
  };
}

function columnsOf(points: readonly TrendPoint[], shapes: readonly number[], strings: Interned): PagePoints {
  const places = (of: (point: TrendPoint) => string | undefined) =>
    points.map((point) => {
      const text = of(point);
      return text === undefined ? -1 : strings.placeOf(plainText(text));
    });
  const seconds = points.map(({ at_ms }) => Math.round(at_ms / 1000));
  const known = (name: keyof PagePoints, column: readonly number[], none: number) =>
    column.every((value) => value === none) ? {} : { [name]: column };
  return {
    values: points.map(({ value }) => Number(value.toPrecision(7))),
    seconds: seconds.map((at, index) => at - (seconds[index - 1] ?? 0)),
    ...known("shapes", shapes, -1),
    ...known(
      "machines",
      places(({ machine }) => machine),
      -1,
    ),
    ...known(
      "commits",
      places(({ commit }) => commit),
      -1,
    ),
    ...known(
      "runs",
      places(({ run }) => run),
      -1,
    ),
    ...known(
      "marks",
      places(({ mark }) => mark),
      -1,
    ),
    ...known(
      "counts",
      points.map(({ count }) => count),
      1,
    ),
  };
}
