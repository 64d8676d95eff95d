import { onTestFinished } from "vitest";
import { mount, unmount } from "./mounted-disk.ts";

export { fill, noSmallDisk } from "./mounted-disk.ts";

/** A disk of its own in memory, for the test that asks. @returns where it is mounted */
export function smallDisk(size_bytes: number): string {
  const path = mount(size_bytes);
  onTestFinished(() => unmount(path));
  return path;
}

/** What fills a disk from within a test of a user's suite. */
export const fillInSuite = (path: string) => `const file = fs.openSync(${JSON.stringify(path)}, "a");
try { for (;;) fs.writeSync(file, Buffer.alloc(4096)); } catch (error) { if (error.code !== "ENOSPC") throw error; }
fs.closeSync(file);`;
