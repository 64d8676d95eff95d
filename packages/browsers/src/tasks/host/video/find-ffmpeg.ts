import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

/** Names the program, where it is not on the PATH. */
const ffmpegVariable = "SHARDWRIGHT_FFMPEG";

/** @throws Error that says how one comes there */
export async function findFfmpeg(environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  const told = environment[ffmpegVariable];
  if (told !== undefined && told !== "") {
    if (isAbsolute(told) && (await isProgram(told))) return told;
    throw new Error(`${ffmpegVariable} is ${told}, which is no absolute path of a program`);
  }
  const name = process.platform === "win32" ? "ffmpeg.exe" : "ffmpeg";
  const folders = (environment["PATH"] ?? environment["Path"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) if (await isProgram(join(folder, name))) return join(folder, name);
  throw new Error(`there is no ffmpeg on this worker's PATH; install it, or name it with ${ffmpegVariable}`);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
