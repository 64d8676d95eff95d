import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { HttpRefusal } from "../../http/polite-fetch.ts";
import { azureFileName } from "../file-name.ts";
import type { AzureService } from "../service.ts";
import type { Added } from "./add-results.ts";

/** The service itself takes more; these keep a red run's end short. */
const attachmentLimits = { count: 200, file_bytes: 8 * 1024 * 1024, total_bytes: 64 * 1024 * 1024, time_ms: 60_000 };
const permission = "Create test runs";

interface Attachment {
  /** The result's number; absent for one of the whole run. */
  readonly result?: number;
  readonly name: string;
  readonly type: "GeneralAttachment" | "ConsoleLog";
  /** A file, or a text. */
  readonly content: { readonly path: string } | { readonly text: string };
}

export interface AttachRequest {
  readonly run: number;
  readonly added: readonly Added[];
  /** Where the reports are; absent where nobody says. */
  readonly folder: string | undefined;
  readonly now_ms: () => number;
}

/**
 * Attaches what belongs to the failures: whole messages, logs and artifacts; and the reports to the run.
 * @returns how many were left out because of a limit, or could not be attached
 */
export async function attach(service: AzureService, { run, added, folder, now_ms }: AttachRequest): Promise<number> {
  const wanted = [...reportFiles(folder), ...added.flatMap(evidenceOnce(folder))];
  const until_ms = now_ms() + attachmentLimits.time_ms;
  let left_bytes = attachmentLimits.total_bytes;
  let attached = 0;
  for (const attachment of wanted) {
    if (attached >= attachmentLimits.count || now_ms() > until_ms) break;
    const content = contentOf(attachment, Math.min(left_bytes, attachmentLimits.file_bytes));
    if (content === undefined) continue;
    left_bytes -= content.length;
    const below = attachment.result === undefined ? "" : `/Results/${attachment.result}`;
    try {
      await service({
        method: "POST",
        path: `_apis/test/Runs/${run}${below}/attachments`,
        body: { stream: content.toString("base64"), fileName: attachment.name, attachmentType: attachment.type },
        // Twice is no harm.
        repeatable: true,
        permission,
      });
      attached += 1;
    } catch (error) {
      // The results are there: for want of a file they are not given up. Whoever may attach nothing may stop trying.
      if (!(error instanceof HttpRefusal)) throw error;
      if (error.status === 401 || error.status === 403) break;
    }
  }
  return wanted.length - attached;
}

/** What one failure is told by; the log and the artifacts of an attempt with its first result alone. */
function evidenceOnce(folder: string | undefined): (added: Added) => Attachment[] {
  const seen = new Set<unknown>();
  return ({ id, reported: { result, attempt, whole } }) => {
    if (result.outcome !== "Failed" && result.outcome !== "Aborted") return [];
    const own: Attachment[] =
      whole === undefined ? [] : [{ result: id, name: "failure.txt", type: "GeneralAttachment", content: { text: whole } }];
    if (attempt === undefined || seen.has(attempt)) return own;
    seen.add(attempt);
    if (attempt.log !== undefined && attempt.log !== "")
      own.push({ result: id, name: "output.log", type: "ConsoleLog", content: { text: attempt.log } });
    for (const { name, path } of attempt.artifacts ?? [])
      if (path !== undefined && folder !== undefined)
        own.push({
          result: id,
          name: azureFileName(name, "artifact"),
          type: "GeneralAttachment",
          content: { path: join(folder, ...path.split("/")) },
        });
    return own;
  };
}

function reportFiles(folder: string | undefined): Attachment[] {
  if (folder === undefined) return [];
  return ["report.html", "report.json", "junit.xml"]
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => ({ name: basename(path), type: "GeneralAttachment", content: { path } }));
}

/** Undefined where there is nothing, or more than may be sent. */
function contentOf({ content }: Attachment, limit_bytes: number): Buffer | undefined {
  if ("text" in content) {
    const text = Buffer.from(content.text);
    return text.length === 0 || text.length > limit_bytes ? undefined : text;
  }
  const there = statSync(content.path, { throwIfNoEntry: false });
  if (there?.isFile() !== true || there.size === 0 || there.size > limit_bytes) return undefined;
  return readFileSync(content.path);
}
