import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import type { Frame } from "./frames.ts";

const usualRate = 10;
/** Pictures that are written, one and the same several times while nothing moves. */
const writtenLimit = 1800;
/** What is encoded is as long as this at least: a player shows less for no time at all. */
const shortest_ms = 1000;
const aim_bytes = 16 * 1024 ** 2;
const most_bytes = 28 * 1024 ** 2;
const rateLimit = 1_000_000;
const size = { width: 1280, height: 720 };
const errorLimit = 2000;

export interface EncodeOptions {
  /** The program. */
  readonly ffmpeg: string;
  /** Where the video is written, as WebM. */
  readonly path: string;
  readonly timeout_ms: number;
}

/**
 * Makes a video of pictures, in the time in which they were taken. Nothing is left where it fails.
 * @param end_ms until when the last picture was seen, on the pictures' clock
 * @throws Error that says why there is none
 */
export async function encodeVideo(frames: readonly Frame[], end_ms: number, options: EncodeOptions): Promise<void> {
  const { ffmpeg, path, timeout_ms } = options;
  const { pictures, rate, length_s } = spread(frames, end_ms);
  const child = spawn(ffmpeg, argumentsFor(path, rate, length_s), { stdio: ["pipe", "ignore", "pipe"], windowsHide: true });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = `${said}${chunk.toString("utf8")}`.slice(0, errorLimit)));
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, timeout_ms);
  try {
    const closed = once(child, "close") as Promise<[number | null]>;
    // It is told by the way it ends.
    child.stdin.on("error", () => {});
    void feed(child.stdin, pictures);
    const [code] = await closed;
    if (code === 0) return;
    const reason = isLate ? `it took longer than ${timeout_ms / 1000} s` : said.trim().split("\n", 1)[0];
    throw new Error(`${ffmpeg} made none: ${reason || `it ended with ${code ?? "a signal"}`}`);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** One picture for each step of time: the one that was to be seen then. Exported for its test. */
export function spread(frames: readonly Frame[], end_ms: number): { pictures: Buffer[]; rate: number; length_s: number } {
  const begin_ms = frames[0]?.time_ms ?? 0;
  const length_s = Math.max(shortest_ms, end_ms - begin_ms, (frames.at(-1)?.time_ms ?? 0) - begin_ms) / 1000;
  const rate = Math.min(usualRate, writtenLimit / length_s);
  const pictures: Buffer[] = [];
  let at = 0;
  for (let step = 0; step < Math.ceil(length_s * rate); step += 1) {
    // Its end: what came last is to be seen.
    const time_ms = begin_ms + (1000 * (step + 1)) / rate;
    while (at + 1 < frames.length && (frames[at + 1]?.time_ms ?? 0) <= time_ms) at += 1;
    const frame = frames[at];
    if (frame !== undefined) pictures.push(frame.data);
  }
  return { pictures, rate, length_s };
}

function argumentsFor(path: string, rate: number, length_s: number): string[] {
  const { width, height } = size;
  // Pages change their size: what does not fit is made smaller, what is left stays black.
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`;
  const bits = Math.round(Math.min(rateLimit, (8 * aim_bytes) / length_s));
  const input = ["-f", "image2pipe", "-c:v", "mjpeg", "-framerate", rate.toFixed(4), "-i", "pipe:0"];
  const output = ["-an", "-vf", fit, "-pix_fmt", "yuv420p", "-c:v", "vp8", "-deadline", "realtime", "-cpu-used", "8"];
  const bounds = ["-threads", "1", "-b:v", String(bits), "-fs", String(most_bytes)];
  return ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", ...input, ...output, ...bounds, "-f", "webm", path];
}

async function feed(into: NodeJS.WritableStream, pictures: readonly Buffer[]): Promise<void> {
  for (const picture of pictures) {
    if (!into.writable) return;
    if (!into.write(picture)) await Promise.race([once(into, "drain"), once(into, "close")]).catch(() => {});
  }
  into.end();
}
