import { statSync } from "node:fs";

/** Whoever knows the address of a hook may post to it. */
const hookName = /^SHARDWRIGHT_NOTIFY(?:_ON_FAILURE)?$/i;
const secretName = /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|PRIVATE|(?:^|_)(?:KEY|PWD|AUTH|PAT)(?:$|_)/i;

/** A shorter value is a setting, not a secret, and masking it would riddle every log. */
const shortestSecret = 6;

const mask = "***";

export function looksSecret(name: string): boolean {
  return (secretName.test(name) && name !== "PWD" && name !== "OLDPWD") || hookName.test(name);
}

/** The values of the variables whose names speak of secrets. Paths of files are let through: the secret is in the file. */
export function secretsOf(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => value !== undefined && looksSecret(name) && !/^(?:true|false)$/i.test(value) && !isPath(value))
    .map(([, value]) => value as string);
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds secrets in what tests print and report. */
export class SecretMask {
  /** Bytes of the longest secret, 0 when there are none. */
  readonly longest_bytes: number;
  readonly #inText: RegExp | undefined;
  /** For bytes read as Latin-1, so that what is not UTF-8 is searched too. */
  readonly #inBytes: RegExp | undefined;
  /** Likewise. */
  readonly #binary: readonly string[];

  constructor(secrets: Iterable<string>) {
    const values = new Set([...secrets].flatMap(variants).filter((value) => value.length >= shortestSecret));
    const longestFirst = [...values].sort((a, b) => b.length - a.length);
    const binary = longestFirst.map((value) => Buffer.from(value, "utf8").toString("latin1"));
    this.#binary = binary;
    this.longest_bytes = Math.max(0, ...binary.map((value) => value.length));
    this.#inText = anyOf(longestFirst);
    this.#inBytes = anyOf(binary);
  }

  text(value: string): string {
    return this.#inText === undefined ? value : value.replace(this.#inText, mask);
  }

  bytes(value: Buffer): Buffer {
    if (this.#inBytes === undefined) return value;
    const text = value.toString("latin1");
    const masked = text.replace(this.#inBytes, mask);
    return masked === text ? value : Buffer.from(masked, "latin1");
  }

  /** How many of these bytes can be masked and shown now, whatever comes after them: the rest may be the beginning of a secret. */
  safeEnd(value: Buffer): number {
    if (this.#inBytes === undefined) return value.length;
    const text = value.subarray(Math.max(0, value.length - this.longest_bytes)).toString("latin1");
    let open = 0;
    for (const secret of this.#binary)
      for (let length = Math.min(secret.length - 1, text.length); length > open; length -= 1)
        if (text.endsWith(secret.slice(0, length))) open = length;
    const end = value.length - open;
    // One secret's end may be another's beginning: the first is not to be cut.
    return this.spans(value).find((span) => span.start < end && end < span.end)?.start ?? end;
  }

  /** Where secrets stand in these bytes. */
  spans(value: Buffer): Span[] {
    if (this.#inBytes === undefined) return [];
    return [...value.toString("latin1").matchAll(this.#inBytes)].map((match) => ({
      start: match.index,
      end: match.index + match[0].length,
    }));
  }
}

/** A secret also shows as its lines, inside JSON, and inside an address. */
function variants(secret: string): string[] {
  const value = secret.trim();
  const lines = value.includes("\n") ? value.split(/\r?\n/).filter((line) => line.trim().length >= 12) : [];
  return [value, ...lines, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)];
}

function anyOf(values: readonly string[]): RegExp | undefined {
  return values.length === 0
    ? undefined
    : new RegExp(values.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), "g");
}

function isPath(value: string): boolean {
  return value.startsWith("/") && value.length < 4096 && statSync(value, { throwIfNoEntry: false }) !== undefined;
}
