import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { plural, readMeasurements } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { type Fleet, startFleet } from "../cli/fleet.ts";
import { useSuite } from "../cli/suite.ts";

const { folder, write } = useSuite();

const samples = join(import.meta.dirname, "..", "..", "packages", "core", "src", "metrics", "samples");
/** Written by the tools themselves. */
const files = {
  vitest: "vitest.json",
  "google-benchmark": "google-benchmark.json",
  "pytest-benchmark": "pytest-benchmark.json",
  hyperfine: "hyperfine.json",
  go: "go-bench.txt",
} as const;
const bencher = JSON.stringify({
  sort: { latency: { value: 12.5, lower_value: 12, upper_value: 13 }, throughput: { value: 80 } },
});

/** More than a dozen programs are started, one after the other. */
const programs_ms = 180_000;
const when = ["--at", "2026-05-04T12:00:00Z"];
const about = ["--commit", "c1", "--branch", "main", "--machine", "m1", "--hardware", "linux-x64-2cpu", ...when];

async function trends(fleet: Fleet, ...args: string[]) {
  const { code, output } = await fleet.toEnd(["trends", ...args], { cwd: folder() });
  expect(code, output).toBe(0);
  return output;
}

const linesOf = (text: string) => text.split("\n").filter((line) => line !== "");

test(
  "what each tool wrote is imported, listed, exported, and the export imported elsewhere says the same",
  async () => {
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    write("bencher.json", bencher);
    for (const file of Object.values(files)) copyFileSync(join(samples, file), join(folder(), file));
    let imported = 0;
    for (const [format, file] of Object.entries({ ...files, bencher: "bencher.json" } as const)) {
      const { length } = readMeasurements(format as keyof typeof files, readFileSync(join(folder(), file), "utf8"));
      imported += length;
      const first = await trends(fleet, "import", file, "--format", format, ...about);
      expect(first).toBe(`${plural(length, "point")} of ${file} are kept in the project default\n`);
      // The same file is the same upload.
      const again = await trends(fleet, "import", file, "--format", format, ...about, "--json");
      expect(JSON.parse(again)).toMatchObject({ complete: true, points: length, duplicates: 0 });
    }
    const listed = linesOf(await trends(fleet, "list", "--json"));
    expect(listed).toHaveLength(imported);
    expect(await trends(fleet, "list", "--test-pattern", "sleep*", "--hardware", "linux-*", "--branch", "main")).toBe(
      "benchmarks > sleep 0.01 time linux-x64-2cpu 1 point last 0.01395 s\n",
    );

    const exported = await trends(fleet, "export");
    expect(linesOf(exported)).toHaveLength(imported);
    write("all.jsonl", exported);
    // What a line says goes before what the command does.
    await trends(fleet, "import", "all.jsonl", "--project", "copy", "--hardware", "other", "--commit", "c2");
    expect(linesOf(await trends(fleet, "export", "--project", "copy"))).toEqual(linesOf(exported));
    const csv = linesOf(await trends(fleet, "export", "--format", "csv"));
    expect(csv).toHaveLength(imported + 1);
    expect(csv[0]).toMatch(/^test,case,name,unit,better/);

    await trends(fleet, "rename", "benchmarks > sleep 0.01", "benchmarks > sleep a while");
    expect(await trends(fleet, "list", "--test-pattern", "sleep*", "--json")).toContain('"case":"sleep a while"');
  },
  programs_ms,
);

test(
  "a file that is broken at its end leaves nothing, and says at which line; mended, it is imported",
  async () => {
    const fleet = await startFleet();
    onTestFinished(fleet.end);
    const points = Array.from({ length: 2500 }, (_, at) =>
      JSON.stringify({
        name: "latency",
        value: at + 0.5,
        unit: "ms",
        test: "bench:sort",
        case: `case ${at % 5}`,
        at_ms: 1_777_000_000_000 + at,
      }),
    );
    write("points.jsonl", `${points.join("\n")}\n{"name":"latency","value":NaN}\n`);
    const broken = await fleet.toEnd(["trends", "import", "points.jsonl"], { cwd: folder() });
    expect(broken.code).toBe(2);
    expect(broken.output).toContain("Line 2501 of");
    expect(await trends(fleet, "list")).toBe("Nothing of the project default fits.\n");
    write("points.jsonl", points.join("\n"));
    expect(await trends(fleet, "import", "points.jsonl")).toContain("2,500 points of points.jsonl are kept");
    expect(linesOf(await trends(fleet, "list"))).toHaveLength(5);
  },
  programs_ms,
);
