import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { encodeVideo, spread } from "./encode.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";

const [one, two, three] = ["1", "2", "3"].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

async function folderWith(script: string): Promise<{ folder: string; program: string }> {
  const folder = await mkdtemp(join(tmpdir(), "shardwright-video-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, "ffmpeg");
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return { folder, program };
}

test("each picture is shown for as long as it was to be seen, and the last one at the end", () => {
  const frames = [
    { time_ms: 1000, data: one },
    { time_ms: 1500, data: two },
    { time_ms: 1990, data: three },
  ];
  const { pictures, rate, length_s } = spread(frames, 2000);
  expect({ rate, length_s }).toEqual({ rate: 10, length_s: 1 });
  expect(pictures.map(String).join("")).toBe("1111222223");
});

test("one picture is a second long, and ten minutes are no more pictures than three", () => {
  expect(spread([{ time_ms: 5, data: one }], 6).pictures).toHaveLength(10);
  const long = spread([{ time_ms: 0, data: one }], 600_000);
  expect(long.pictures).toHaveLength(1800);
  expect(long.rate).toBe(3);
});

test.runIf(process.platform !== "win32")(
  "a program that fails, or does not end, leaves nothing, and its reason is told",
  async () => {
    // The path is its last word.
    const writes = 'for path in "$@"; do :; done; echo part > "$path"';
    const failing = await folderWith(`${writes}; echo "Unknown encoder 'vp8'" >&2; exit 1`);
    const path = join(failing.folder, "a.webm");
    const frames = [{ time_ms: 0, data: Buffer.alloc(200_000) }];
    await expect(encodeVideo(frames, 1000, { ffmpeg: failing.program, path, timeout_ms: 30_000 })).rejects.toThrow(
      "Unknown encoder 'vp8'",
    );
    expect(await readdir(failing.folder)).toEqual(["ffmpeg"]);
    const hanging = await folderWith(`${writes}; exec sleep 600`);
    const late = join(hanging.folder, "a.webm");
    await expect(encodeVideo(frames, 1000, { ffmpeg: hanging.program, path: late, timeout_ms: 300 })).rejects.toThrow(
      "it took longer than 0.3 s",
    );
    expect(await readdir(hanging.folder)).toEqual(["ffmpeg"]);
    await expect(encodeVideo(frames, 1000, { ffmpeg: "/no/such", path: late, timeout_ms: 300 })).rejects.toThrow("ENOENT");
  },
);

test.runIf(process.platform !== "win32")(
  "ffmpeg is found on the PATH or where it is said to be, and else it is said how it comes there",
  async () => {
    const { folder, program } = await folderWith("exit 0");
    expect(await findFfmpeg({ PATH: `relative:/nowhere:${folder}` })).toBe(program);
    expect(await findFfmpeg({ PATH: "", SHARDWRIGHT_FFMPEG: program })).toBe(program);
    await expect(findFfmpeg({ PATH: "/nowhere" })).rejects.toThrow(
      /no ffmpeg on this worker's PATH; install it, or name it with/,
    );
    await expect(findFfmpeg({ PATH: folder, SHARDWRIGHT_FFMPEG: "ffmpeg" })).rejects.toThrow(
      "is ffmpeg, which is no absolute path",
    );
  },
);
