import { expect, test } from "vitest";
import { drawTrend } from "./draw.ts";
import { pictureOf } from "./picture-of.ts";

test("a unit is drawn as words, whatever it says", () => {
  const points = [1, 2, 3].map((value) => ({ value, at_ms: value * 86_400_000 }));
  const picture = pictureOf({
    unit: "<img src=x onerror=alert(1)>",
    changes: [],
    anomalies: [],
    drawn: { first: 0, points, segments: [] },
  });
  expect(picture).toBeDefined();
  if (picture === undefined) return;
  const { svg } = drawTrend(picture.series, { width: 600, height: 200 });
  expect(svg).not.toContain("<img");
  expect(svg).toContain("&lt;img src=x");
});
