import { useEffect, useState } from "preact/hooks";

/** Before it is known. */
const usual = 1000;

/** How wide an element is, in pixels: signs are as large on a telephone as elsewhere. */
export function useWidth(of: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(usual);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(1, Math.round(entry?.contentRect.width ?? usual))));
    if (of.current !== null) observer.observe(of.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
