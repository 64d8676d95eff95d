import { seeded } from "../seeded.ts";

const commits = 80;
const plantedAt = 50;
const day_ms = 86_400_000;

const commitOf = (index: number) => `c0ffee${String(index).padStart(34, "0")}`;
/** The commit from which `test_bert_inference` takes 25 % longer on the GPU. */
export const plantedCommit = commitOf(plantedAt);

interface Planned {
  readonly test: string;
  readonly name: string;
  readonly hardware: string;
  readonly browser?: string;
  readonly level: (index: number) => number;
}

const planned: readonly Planned[] = [
  {
    test: "test_bert_inference",
    name: "latency",
    hardware: "linux-x64-cuda-a100",
    level: (index) => (index < plantedAt ? 40 : 50),
  },
  { test: "test_bert_inference", name: "latency", hardware: "linux-x64-epyc", level: () => 100 },
  { test: "test_loader", name: "latency", hardware: "linux-x64-epyc", level: () => 12 },
  { test: "renders", name: "time", hardware: "linux-x64-epyc", browser: "chromium", level: () => 8 },
  { test: "renders", name: "time", hardware: "linux-x64-epyc", browser: "firefox", level: () => 10.6 },
];

/** Lines that `trends import` reads: two points a day until now, of which one series changes. The same for the same moment. */
export function plantedPoints(now_ms: number): string {
  const random = seeded(20_260_504);
  const noise = () => 0.04 * (random() + random() + random() - 1.5);
  return planned
    .flatMap(({ test, name, hardware, browser, level }) =>
      Array.from({ length: commits }, (_, index) =>
        JSON.stringify({
          test: "unit:tests/test_models.py",
          case: test,
          name,
          unit: "ms",
          value: level(index) * (1 + noise()),
          at_ms: now_ms - (commits - index) * (day_ms / 2),
          commit: commitOf(index),
          branch: "main",
          machine: index % 3 === 0 ? "runner-02" : "runner-01",
          hardware_class: hardware,
          ...(browser !== undefined && { dimensions: { browser } }),
        }),
      ),
    )
    .map((line) => `${line}\n`)
    .join("");
}
