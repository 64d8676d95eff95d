/** Points so near to an annotated one count as found. */
const margin = 5;

/**
 * The F1 score of TCPDBench (G. van den Burg and C. Williams, "An Evaluation of Change Point Detection Algorithms", 2020): precision over the marks
 * of all annotators together, recall as the mean over the annotators; the beginning of the series is a mark of everyone.
 */
export function f1(annotations: readonly (readonly number[])[], found: readonly number[]): number {
  const points = [...new Set([0, ...found])];
  const marks = annotations.map((each) => [...new Set([0, ...each])]);
  const precision = hits([...new Set(marks.flat())], points) / points.length;
  const recall = marks.reduce((sum, each) => sum + hits(each, points) / each.length, 0) / marks.length;
  return (2 * precision * recall) / (precision + recall);
}

/** How many of the marks have a point of their own within the margin. */
function hits(marks: readonly number[], points: readonly number[]): number {
  const left = new Set(points);
  let count = 0;
  for (const mark of marks.toSorted((a, b) => a - b)) {
    let nearest: number | undefined;
    for (const point of left) {
      const near = Math.abs(point - mark);
      if (near <= margin && (nearest === undefined || near < Math.abs(nearest - mark))) nearest = point;
    }
    if (nearest === undefined) continue;
    left.delete(nearest);
    count += 1;
  }
  return count;
}

/** The covering of TCPDBench: how well the stretches of each annotator are covered by those found, by length, as the mean over annotators. */
export function covering(annotations: readonly (readonly number[])[], found: readonly number[], length: number): number {
  const own = stretches(found, length);
  const of = ([from, until]: readonly [number, number]) =>
    Math.max(
      ...own.map(
        ([begin, end]) =>
          Math.max(0, Math.min(until, end) - Math.max(from, begin)) / (Math.max(until, end) - Math.min(from, begin)),
      ),
    );
  const each = annotations.map((marks) =>
    stretches(marks, length).reduce((sum, [from, until]) => sum + ((until - from) / length) * of([from, until]), 0),
  );
  return each.reduce((sum, one) => sum + one, 0) / annotations.length;
}

function stretches(points: readonly number[], length: number): (readonly [number, number])[] {
  const bounds = [...new Set([0, ...points.filter((point) => point > 0 && point < length)])].toSorted((a, b) => a - b);
  return bounds.map((from, at) => [from, bounds[at + 1] ?? length] as const);
}
