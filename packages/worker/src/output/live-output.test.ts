import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LiveOutput } from "./live-output.ts";
import { SecretMask } from "./secrets.ts";

const secrets = ["abcabcx", "abcabc", "xyz-abc", "ünïcode", "cabx-xyz"];

test("whatever the pieces, what is sent is the masked text in order, and only what may become a secret is held back", () => {
  const piece = fc.constantFrom(...secrets, "abc", "x", "ab", "é", "日本", "-", "xyz", "\n");
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (words, sizes) => {
        const mask = new SecretMask(secrets);
        const output = new LiveOutput(mask);
        const bytes = Buffer.from(words.join(""));
        let sent = "";
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          output.push(bytes.subarray(at, at + size));
          at += size;
          const pending = output.pending();
          if (pending === undefined) continue;
          expect(pending.from).toBe(sent.length);
          sent += pending.text;
          output.sent(pending.from + pending.text.length);
        }
        const whole = mask.bytes(bytes).toString("utf8");
        expect(whole.startsWith(sent)).toBe(true);
        // At most a secret's length, less one byte, twice: one that may go on, and one that it would cut.
        expect(bytes.length === 0 ? 0 : whole.length - sent.length).toBeLessThan(2 * mask.longest_bytes);
      },
    ),
    { seed: 7, numRuns: 1000 },
  );
});

test("keeps the end of what is not sent, says how much is missing before it, and sends again what was not acknowledged", () => {
  const output = new LiveOutput(new SecretMask([]));
  output.push(Buffer.from("a".repeat(100_000)));
  output.push(Buffer.from("end"));
  const pending = output.pending();
  expect(pending).toMatchObject({ from: 100_003 - 65_536, text: expect.stringMatching(/^a+end$/) });
  output.push(Buffer.from("!"));
  expect(output.pending()).toMatchObject({ from: 100_004 - 65_536, text: expect.stringMatching(/^a+end!$/) });
  output.sent(100_003);
  expect(output.pending()).toEqual({ from: 100_003, text: "!" });
  output.sent(100_004);
  expect(output.pending()).toBeUndefined();
});
