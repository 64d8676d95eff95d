import { formatCount, plural, reasonOf } from "@shardwright/core";
import type { Channel } from "../../publishing/channel.ts";
import { azureService, serviceUnavailable } from "../service.ts";
import { addResults } from "./add-results.ts";
import { attach } from "./attachments.ts";
import { beginTestRun, endTestRun, giveUpTestRun, runIdentity, supersedeEarlier } from "./test-run.ts";
import { testResults } from "./test-results.ts";

/** So many fit into the time that a job has for them. */
const resultLimit = 50_000;

/** The build's page “Tests”, with its history and its flaky tests. */
export const resultsChannel: Channel = {
  name: "results",
  title: "test run",
  limits: "1,000 results a request, 50,000 a run; 1,000 characters of a stack trace, the whole one is attached; 200 attachments",
  unavailable(session) {
    if (!session.env.BUILD_BUILDID) return "Build.BuildId is not known: this is no job of Azure Pipelines";
    return serviceUnavailable(session);
  },
  async publish(publication, session) {
    const { report } = publication;
    const service = azureService(session);
    const identity = runIdentity(session.env, session.name, report.run.key);
    const all = testResults(report);
    const shown = all.slice(0, resultLimit);
    const run = await beginTestRun(service, identity, publication, `${report.run.id}:${session.now_ms()}`);
    let left_out = 0;
    try {
      const added = await addResults(service, run, shown);
      left_out = await attach(service, { run, added, folder: session.outputDir, now_ms: session.now_ms });
    } catch (error) {
      // What went wrong first is what counts.
      await giveUpTestRun(service, run, reasonOf(error)).catch(() => {});
      throw error;
    }
    await endTestRun(service, run, publication);
    const without = [
      ...(all.length > shown.length ? [`${plural(all.length - shown.length, "result")} of ${formatCount(all.length)}`] : []),
      ...(left_out > 0 ? [plural(left_out, "attachment")] : []),
    ];
    const notes = without.length > 0 ? [`left out: ${without.join(", ")}`] : [];
    try {
      await supersedeEarlier(service, identity, run);
    } catch (error) {
      notes.push(`earlier attempts are not marked as superseded: ${reasonOf(error)}`);
    }
    return notes.length === 0 ? undefined : notes.join("; ");
  },
};
