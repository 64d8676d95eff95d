import { expect, onTestFinished, test } from "vitest";
import { startJob } from "./job.ts";
import { manyCases } from "./many-cases.ts";

test("of 60,000 cases the failures and as many others are shown as fit into a job's time, in requests of a bounded size", async () => {
  const started = await startJob();
  onTestFinished(started.close);
  const [published] = await started.publish(manyCases(60_000, 3000), ["results"]);
  expect(started.azure.violations).toEqual([]);
  const [run] = started.azure.store.runs.values();
  expect(run?.results.length).toBe(50_000);
  expect(run?.results.filter(({ outcome }) => outcome === "Failed")).toHaveLength(3000);
  expect(new Set(run?.results.map(({ id }) => id)).size).toBe(50_000);
  expect(published?.note).toBe("left out: 10,000 results of 60,000, 2,800 attachments");
  expect(Math.max(...started.azure.requests.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2 * 1024 * 1024 + 2);
});
