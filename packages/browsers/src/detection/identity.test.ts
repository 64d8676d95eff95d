import { expect, test } from "vitest";
import { identify } from "./identity.ts";
import { readProductName } from "./product-name.ts";

test.each([
  ["Chromium 156.0.8078.108 built on Debian GNU/Linux 12 (bookworm)", "chromium", "chromium", "stable", "156.0.8078.108"],
  ["Google Chrome 156.0.8078.79 ", "chrome", "chromium", "stable", "156.0.8078.79"],
  ["Google Chrome 157.0.8100.3 beta", "chrome", "chromium", "beta", "157.0.8100.3"],
  ["Google Chrome for Testing 156.0.8078.4", "chromium", "chromium", "stable", "156.0.8078.4"],
  ["Microsoft Edge 156.0.3900.12 dev", "edge", "chromium", "dev", "156.0.3900.12"],
  ["Mozilla Firefox 153.8.0esr", "firefox", "firefox", "esr", "153.8.0"],
  ["Mozilla Firefox 154.0b3", "firefox", "firefox", "beta", "154.0"],
  ["Mozilla Firefox 155.0a1", "firefox", "firefox", "canary", "155.0"],
])("%s", (text, kind, engine, channel, version) => {
  expect(identify(text)).toEqual({ kind, engine, channel, version });
});

test.each(["true (GNU coreutils) 9.1", "", "Chromium", "Python 3.11.2"])("is no browser: %j", (text) => {
  expect(identify(text)).toBeUndefined();
});

/** An entry of a Windows program's version resource. */
function entry(key: string, value: string): Buffer {
  const head = Buffer.alloc(6 + (key.length + 1) * 2);
  head.write(key, 6, "utf16le");
  const padding = Buffer.alloc((4 - (head.length % 4)) % 4);
  return Buffer.concat([head, padding, Buffer.from(`${value}\0`, "utf16le"), Buffer.alloc(2)]);
}

test("a Windows program tells its name and version without being started", () => {
  const program = Buffer.concat([
    Buffer.from("MZ…"),
    Buffer.alloc(40),
    entry("OriginalFilename", "msedge.exe"),
    entry("ProductName", "Microsoft Edge"),
    entry("ProductVersion", "156.0.3900.12"),
  ]);
  expect(readProductName(program)).toBe("Microsoft Edge 156.0.3900.12");
  expect(readProductName(Buffer.from("MZ"))).toBeUndefined();
  expect(readProductName(entry("ProductName", "x"))).toBeUndefined();
});
