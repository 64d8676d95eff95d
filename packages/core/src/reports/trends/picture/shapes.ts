const half = (value: number) => Math.round(value * 10) / 10;

/** A mark as part of an SVG path. Machines differ by shape, not by colour alone: the first is a circle. */
export function shapeAt(kind: number | "cross", x: number, y: number, size: number): string {
  const [cx, cy, r] = [half(x), half(y), half(size)];
  switch (kind) {
    case "cross":
      return `M${half(cx - r)} ${half(cy - r)}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;
    case 1:
      return `M${half(cx - r)} ${half(cy - r)}h${2 * r}v${2 * r}h${-2 * r}z`;
    case 2:
      return `M${cx} ${half(cy - 1.3 * r)}l${half(1.25 * r)} ${half(2.2 * r)}h${half(-2.5 * r)}z`;
    case 3:
      return `M${cx} ${half(cy - 1.4 * r)}l${half(1.4 * r)} ${half(1.4 * r)}l${half(-1.4 * r)} ${half(1.4 * r)}l${half(-1.4 * r)} ${half(-1.4 * r)}z`;
    case 4:
      return `M${cx} ${half(cy + 1.3 * r)}l${half(1.25 * r)} ${half(-2.2 * r)}h${half(-2.5 * r)}z`;
    case 5:
      return `M${half(cx - r)} ${half(cy - r / 3)}h${half(r * 0.67)}v${half(-r * 0.67)}h${half(r * 0.67)}v${half(r * 0.67)}h${half(r * 0.67)}v${half(r * 0.67)}h${half(-r * 0.67)}v${half(r * 0.67)}h${half(-r * 0.67)}v${half(-r * 0.67)}h${half(-r * 0.67)}z`;
    default:
      return `M${half(cx - r)} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
  }
}

/** Where a value is beyond what is shown: an arrow at the edge. */
export function offScale(x: number, y: number, above: boolean): string {
  const way = above ? -1 : 1;
  return `M${half(x - 4)} ${half(y)}l4 ${6 * way}l4 ${-6 * way}z`;
}
