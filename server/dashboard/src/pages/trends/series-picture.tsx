import { type TrendAnalysis, drawTrend, plural } from "@shardwright/core";
import { useMemo, useRef } from "preact/hooks";
import { useWidth } from "../../components/use-width.ts";
import { pictureOfAnalysis } from "./analysed.ts";

const height = 280;

/** A series' points, levels and changes; the tables below have the same in words. */
export function SeriesPicture({ analysis }: { readonly analysis: TrendAnalysis }) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const picture = useMemo(() => pictureOfAnalysis(analysis), [analysis]);
  const svg = useMemo(() => (picture === undefined ? "" : drawTrend(picture.series, { width, height }).svg), [picture, width]);
  const said = `${plural(analysis.points, "point")}, ${plural(analysis.changes.length, "change")}`;
  return (
    <figure class="trend-picture" ref={figure}>
      {/* It has numbers and escaped words alone: whoever measured something has no say in it. */}
      <div role="img" aria-label={said} dangerouslySetInnerHTML={{ __html: svg }} />
      <figcaption class="muted">
        Thick lines are levels, shaded where nearly all of their points lie. Coloured, where it changed:{" "}
        <b class="regression">whole</b> got worse, <b class="improvement">dashed</b> got better. A ring is a single point far off,
        a cross one that is left out. Dotted on the right: between which values the next points will be, 19 times of 20, if
        nothing changes.
        {picture !== undefined && picture.machines.length > 1 && (
          <> Each machine has its own shape: {picture.machines.join(", ")}.</>
        )}
      </figcaption>
    </figure>
  );
}
