import { expect, test } from "vitest";
import { accountFor, accountSentence, addsUp, joinParts, verdictFor } from "./account.ts";
import { isExcused, Quarantine, type QuarantineEntry, quarantineEntrySchema } from "./quarantine.ts";

const entry = (name: string, more: Partial<QuarantineEntry> = {}): QuarantineEntry =>
  quarantineEntrySchema.parse({ test: name, owner: "ada", reason: "#12", expires_at_ms: 1, origin: "hand", ...more });
const aCase = (...path: string[]) => ({ path, ordinal: 0 });

test("an entry names a file, a group or a case, and nothing beside it", () => {
  const of = (name: string, path: string[], file = "a.test.ts") => new Quarantine([entry(name)]).of(file, aCase(...path))?.test;
  expect(of("a.test.ts", ["math", "adds"])).toBe("a.test.ts");
  expect(of("a.test.ts > math", ["math", "adds"])).toBe("a.test.ts > math");
  expect(of("a.test.ts > math > adds", ["math", "adds"])).toBe("a.test.ts > math > adds");
  expect(of("a.test.ts > math > adds", ["math", "adds", "twice"])).toBe("a.test.ts > math > adds");
  expect(of("a.test.ts > math > adds", ["math", "adds more"])).toBeUndefined();
  expect(of("a.test.ts > math > adds", ["math"])).toBeUndefined();
  expect(of("a.test.ts > math > adds", ["math", "adds"], "b.test.ts")).toBeUndefined();
  expect(of("a.test.ts > adds", ["math", "adds"])).toBeUndefined();
});

test("of several cases with one name the second has a name of its own", () => {
  const quarantine = new Quarantine([entry("a.test.ts > adds (2)")]);
  expect(quarantine.of("a.test.ts", { path: ["adds"], ordinal: 1 })?.test).toBe("a.test.ts > adds (2)");
  expect(quarantine.of("a.test.ts", { path: ["adds"], ordinal: 0 })).toBeUndefined();
});

test("an entry that has expired does not count, and hides none that stands", () => {
  const stale = entry("a.test.ts", { expired: true });
  expect(new Quarantine([stale]).of("a.test.ts", aCase("adds"))).toBeUndefined();
  expect(new Quarantine([stale, entry("a.test.ts")]).of("a.test.ts", aCase("adds"))).toBeDefined();
});

test.each(["owner", "reason", "expires_at_ms", "test"])("an entry without %s is none", (field) => {
  const whole: Record<string, unknown> = { test: "a", owner: "ada", reason: "#12", expires_at_ms: 1, origin: "hand" };
  expect(quarantineEntrySchema.safeParse(whole).success).toBe(true);
  expect(quarantineEntrySchema.safeParse({ ...whole, [field]: undefined }).success).toBe(false);
  if (field !== "expires_at_ms") expect(quarantineEntrySchema.safeParse({ ...whole, [field]: "  " }).success).toBe(false);
});

test("only an attempt that ran to its end is excused, and only if all that failed is in quarantine", () => {
  const failure = { kind: "assertion", message: "", complete: true } as const;
  const all = { all: 2, quarantined: 2 };
  expect(isExcused({ outcome: "failed", failure }, all)).toBe(true);
  expect(isExcused({ outcome: "failed", failure }, { all: 3, quarantined: 2 })).toBe(false);
  expect(isExcused({ outcome: "failed", failure }, { all: 0, quarantined: 0 })).toBe(false);
  expect(isExcused({ outcome: "errored", failure }, all)).toBe(false);
  for (const kind of ["crash", "browser-crash", "infrastructure", "runner-error", "setup-error"] as const)
    expect(isExcused({ outcome: "failed", failure: { ...failure, kind } }, all)).toBe(false);
  expect(isExcused({ outcome: "failed", failure: { ...failure, kind: "test-timeout" } }, all)).toBe(true);
  expect(isExcused({ outcome: "lost", failure }, all)).toBe(false);
  expect(isExcused({ outcome: "failed", failure: { kind: "test-timeout", message: "ran longer than 600000 ms" } }, all)).toBe(
    false,
  );
  expect(isExcused({ outcome: "failed" }, all)).toBe(false);
});

test("what is in quarantine is a term of its own, which fails no run and hides nothing", () => {
  const good = { status: "passed", flaky: false } as const;
  const excused = { status: "failed", flaky: false, quarantined: true } as const;
  const account = accountFor([good, excused]);
  expect(addsUp(account)).toBe(true);
  expect(accountSentence(account)).toBe("2 discovered = 1 passed + 1 quarantined");
  const verdict = (entries: Parameters<typeof accountFor>[0]) =>
    verdictFor(accountFor(entries), { cancelled: false, allowEmpty: false });
  expect(verdict([good, excused])).toBe("passed");
  expect(verdict([good, excused, { status: "failed", flaky: false }])).toBe("failed");
  expect(verdict([excused, { status: "pending", flaky: false }])).toBe("incomplete");
  // A crash is none of a case's.
  expect(verdict([good, { status: "errored", flaky: false, quarantined: true }])).toBe("errored");
  expect(verdict([good, { status: "incomplete", flaky: false, quarantined: true }])).toBe("incomplete");
});

test("a file in parts is excused if each part that failed is", () => {
  const excused = { status: "failed", flaky: false, quarantined: true } as const;
  expect(joinParts([excused, { status: "passed", flaky: false }])).toMatchObject({ status: "failed", quarantined: true });
  expect(joinParts([excused, { status: "failed", flaky: false }])).toEqual({ status: "failed", flaky: false });
  expect(joinParts([excused, { status: "errored", flaky: false }])).toEqual({ status: "errored", flaky: false });
  expect(joinParts([excused, { status: "pending", flaky: false }])).toMatchObject({ status: "pending" });
});
