import { catalogue, type CatalogueEntry, type ErrorCode } from "./catalogue.ts";

export type ErrorDetails = Readonly<Record<string, string | number>>;

/** What an error looks like on the wire and in `--json` output. */
export interface ErrorBody {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint: string; readonly details: ErrorDetails };
}

/**
 * The one error class. The code says which entry of the catalogue it is; `details` fill the message's braces.
 *
 * @example throw new ShardwrightError("not-found", { what: "run r-12" })
 */
export class ShardwrightError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly hint: string;
  /** HTTP status, 0 for an error that never crosses HTTP. */
  readonly status: number;
  /** Whether the same call can succeed later without a change by the caller. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { cause?: unknown } = {}) {
    const entry: CatalogueEntry = catalogue[code];
    super(fill(entry.message, details), options);
    this.name = "ShardwrightError";
    this.code = code;
    this.details = details;
    this.hint = fill(entry.hint, details);
    this.status = entry.status;
    this.retryable = entry.retryable;
  }

  toBody(): ErrorBody {
    return { error: { code: this.code, message: this.message, hint: this.hint, details: this.details } };
  }
}

/** The shortest true account of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return String(thrown);
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (braces, name: string) => (name in details ? String(details[name]) : braces));
}
