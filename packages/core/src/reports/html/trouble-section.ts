import { plainText } from "../../model/plain-text.ts";
import { formatCount } from "../../model/count.ts";
import { formatDuration } from "../format.ts";
import { handledOf, type TimelineEvent } from "../timeline.ts";
import { escapeHtml } from "./escape.ts";

const shown = 200;
const open = 12;

/** What was done about what went wrong, in the order in which it happened. Empty where nothing was. */
export function troubleSection(events: readonly TimelineEvent[]): string {
  const handled = handledOf(events);
  if (handled.length === 0) return "";
  const items = handled
    .slice(0, shown)
    .map(
      ({ at_ms, kind, text }) =>
        `<li class="did-${kind}"><time>${formatDuration(at_ms)}</time> ${escapeHtml(plainText(text.slice(0, 400)))}</li>`,
    );
  const hidden = handled.length - items.length;
  if (hidden > 0) items.push(`<li>… and ${formatCount(hidden)} more: shardwright runs timeline has them</li>`);
  return `<details id="recovery" class="panel recovery"${handled.length <= open ? " open" : ""}>
<summary><h2>What was done about what went wrong <small>${formatCount(handled.length)}</small></h2></summary>
<ol class="notices">${items.join("")}</ol></details>
`;
}
