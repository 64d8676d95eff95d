import { readdir, readFile, stat } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";

/** Where Linux keeps what a GPU is driven by. */
const driverFolders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/dev/dri"];
const variables = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "LIBGL_ALWAYS_SOFTWARE", "DISPLAY", "WAYLAND_DISPLAY"];

/** What a browser's abilities hang on beside itself, in one line that changes when a driver is installed or replaced. */
export async function driverMark(environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  const nvidia = await readFile("/proc/driver/nvidia/version", "utf8").catch(() => "");
  const folders = await Promise.all(driverFolders.map(listed));
  const set = variables.map((name) => `${name}=${environment[name] ?? ""}`);
  return [release(), nvidia.split("\n", 1)[0], ...folders.flat(), ...set].join(" ");
}

async function listed(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  // Devices are touched whenever they are used.
  if (folder.startsWith("/dev/")) return names.toSorted((left, right) => left.localeCompare(right));
  const changed_ms = (name: string) =>
    stat(join(folder, name)).then(
      (entry) => entry.mtimeMs,
      () => 0,
    );
  return Promise.all(
    names.toSorted((left, right) => left.localeCompare(right)).map(async (name) => `${name}@${await changed_ms(name)}`),
  );
}
