import { Buffer } from "node:buffer";

/** What GitHub's documentation says of a body in words only: https://docs.github.com/rest/checks/runs */
export function ruleErrors(key: string, body: unknown): string[] {
  if (body === undefined) return [];
  if (key.includes("/check-runs")) return checkRunErrors(body as CheckRunBody);
  if (key.includes("/comments")) return commentErrors(body as { body?: string });
  if (key.includes("/statuses")) return statusErrors(body as { description?: string });
  return [];
}

interface Note {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly message: string;
  readonly title?: string;
  readonly raw_details?: string;
}

interface CheckRunBody {
  readonly status?: string;
  readonly conclusion?: string;
  readonly completed_at?: string;
  readonly output?: { readonly annotations?: readonly Note[] };
}

const longest_bytes = 64 * 1024;

function checkRunErrors(body: CheckRunBody): string[] {
  const errors: string[] = [];
  if ((body.status === "completed" || body.completed_at !== undefined) && body.conclusion === undefined)
    errors.push("/conclusion is required with completed_at and with a status of completed");
  for (const [index, note] of (body.output?.annotations ?? []).entries()) {
    const wrong = (what: string) => errors.push(`/output/annotations/${index}${what}`);
    if (note.start_line !== note.end_line && (note.start_column !== undefined || note.end_column !== undefined))
      wrong(": columns only where start_line and end_line are the same");
    if (note.start_line < 1 || note.end_line < note.start_line) wrong("/start_line: starts at 1, and ends no earlier");
    if (note.path === "" || note.path.startsWith("/") || note.path.includes("\\"))
      wrong("/path: relative to the repository, with slashes");
    if (note.message === "") wrong("/message: must not be empty");
    if (Buffer.byteLength(note.message) > longest_bytes) wrong("/message: 64 KB at most");
    if (Buffer.byteLength(note.raw_details ?? "") > longest_bytes) wrong("/raw_details: 64 KB at most");
    if ((note.title ?? "").length > 255) wrong("/title: 255 characters at most");
  }
  return errors;
}

function commentErrors({ body = "" }: { body?: string }): string[] {
  if (body.trim() === "") return ["/body cannot be blank"];
  return body.length > 65_536 ? ["/body is too long (maximum is 65536 characters)"] : [];
}

function statusErrors({ description = "" }: { description?: string }): string[] {
  return description.length > 140 ? ["/description is too long (maximum is 140 characters)"] : [];
}
