import { expect, test } from "vitest";
import { BoundedOutput } from "./bounded-output.ts";
import { SecretMask } from "./secrets.ts";

function readAfter(chunks: readonly Uint8Array[], limit_bytes: number, secrets: readonly string[] = []): string {
  const output = new BoundedOutput(limit_bytes, new SecretMask(secrets));
  for (const chunk of chunks) output.push(chunk);
  return output.read()?.toString("utf8") ?? "";
}

/** The text in pieces of this many bytes. */
function pieces(text: string, size: number): Buffer[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

test("keeps all that fits, whatever the chunks, up to the last byte", () => {
  const text = "naïve — 日本語 ".repeat(20);
  const bytes = Buffer.byteLength(text);
  for (const size of [1, 2, 3, 7, 64, 1000])
    for (const limit of [bytes, bytes + 1, bytes * 3]) expect(readAfter(pieces(text, size), limit)).toBe(text);
});

test("keeps beginning and end of what is too long, says how much is missing, and cuts no character", () => {
  const text = "日".repeat(1000);
  for (const size of [1, 5, 1000, 5000]) {
    const [, head = "", left = "", tail = ""] =
      /^(日*)\n… (\d+) bytes of output left out …\n(日*)$/.exec(readAfter(pieces(text, size), 200)) ?? [];
    expect(head.length).toBe(33);
    expect(tail.length).toBe(33);
    expect(Number(left)).toBe(3000 - 66 * 3);
  }
});

test("masks a secret wherever chunks and cuts fall", () => {
  const secret = "correct-horse-battery";
  for (let before = 0; before < 60; before += 1)
    for (const size of [1, 4, 500]) {
      const text = `${"a".repeat(before)}${secret}${"b".repeat(100)}${secret}${"c".repeat(before)}`;
      const read = readAfter(pieces(text, size), 80, [secret]);
      for (let length = 6; length <= secret.length; length += 1) {
        expect(read).not.toContain(secret.slice(0, length));
        expect(read).not.toContain(secret.slice(-length));
      }
    }
});

test("a secret shows in no other form either", () => {
  const mask = new SecretMask(['two"words/here', "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----", "a+b"]);
  expect(mask.text(JSON.stringify({ key: 'two"words/here' }))).toBe('{"key":"***"}');
  expect(mask.text("https://two%22words%2Fhere@host")).toBe("https://***@host");
  expect(mask.text("> MIIEvQIBADANBgkqhkiG")).toBe("> ***");
  // Too short to be a secret: it would riddle the log.
  expect(mask.text("a+b = c")).toBe("a+b = c");
});
