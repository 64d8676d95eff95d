import { formatDuration } from "@shardwright/core";
import { useEffect, useState } from "preact/hooks";
import { serverNow_ms } from "../data/server-time.ts";

const near = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const far = new Intl.DateTimeFormat(undefined, {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
const day_ms = 86_400_000;

/** The current time by the coordinator's clock, again and again. @param every_ms how often; undefined for once */
export function useNow(every_ms: number | undefined): number {
  const [now_ms, setNow] = useState(serverNow_ms);
  useEffect(() => {
    if (every_ms === undefined) return;
    const timer = setInterval(() => setNow(serverNow_ms()), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return now_ms;
}

/** A moment in the reader's own zone; in UTC for those who point at it. @param ago also says how long ago it was */
export function Instant({ at_ms, ago = false }: { readonly at_ms: number; readonly ago?: boolean }) {
  const now_ms = useNow(ago ? 30_000 : undefined);
  const date = new Date(at_ms);
  if (Number.isNaN(date.getTime())) return <span>at an unknown time</span>;
  const isToday = new Date(now_ms).toDateString() === date.toDateString();
  return (
    <time dateTime={date.toISOString()} title={`${date.toISOString().slice(0, 19).replace("T", " ")} UTC`}>
      {ago ? agoWords(now_ms - at_ms) : (isToday ? near : far).format(date)}
    </time>
  );
}

/** "5 min. ago"; what lies ahead by a clock that is wrong is now. */
function agoWords(ms: number): string {
  if (ms < 45_000) return relative.format(0, "second");
  if (ms < 3_600_000) return relative.format(-Math.max(1, Math.round(ms / 60_000)), "minute");
  if (ms < day_ms) return relative.format(-Math.round(ms / 3_600_000), "hour");
  return relative.format(-Math.round(ms / day_ms), "day");
}

/** How long something took, or has taken so far. */
export function Duration({ ms }: { readonly ms: number | undefined }) {
  return <span class="duration">{ms === undefined ? "–" : formatDuration(Math.max(0, ms))}</span>;
}
