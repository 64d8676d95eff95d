import fs from "node:fs";
import { relative, sep } from "node:path";

type Callback = (error: NodeJS.ErrnoException | null, entries?: fs.Dirent[]) => void;
type ReadDirectory = (path: string, options: unknown, callback: Callback) => void;

/**
 * What Playwright sees when it looks for test files. For each run it walks through all its folders, while other slots make and delete
 * folders for artifacts in them; here it is shown the way to the one file that runs, and a folder that is gone by now is empty.
 */
export class FileView {
  /** Absolute path of the only file to see; all files when undefined. */
  only: string | undefined;

  /** Calls a function that loads Playwright's modules: they keep what they find here, everybody else sees all files. */
  whileLoading<Result>(load: () => Result): Result {
    const original = fs.readdir as unknown as ReadDirectory;
    const limited: ReadDirectory = (path, options, callback) => {
      original(path, options, (error, entries = []) => {
        if (error?.code === "ENOENT") callback(null, []);
        else if (error === null) callback(null, this.#visible(path, entries));
        else callback(error);
      });
    };
    Object.assign(fs, { readdir: limited });
    try {
      return load();
    } finally {
      Object.assign(fs, { readdir: original });
    }
  }

  #visible(folder: string, entries: fs.Dirent[]): fs.Dirent[] {
    const inside = this.only === undefined ? "" : relative(folder, this.only);
    if (inside === "" || inside.startsWith("..")) return entries;
    const [next] = inside.split(sep);
    // What is ignored stays ignored.
    return entries.filter(({ name }) => name === next || name === ".gitignore");
  }
}
