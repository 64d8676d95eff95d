// @ts-check
import { definePlugin } from "@shardwright/plugin";

/** @type {import("@shardwright/plugin").Reporter} */
export const csvReporter = {
  format: "csv",
  file: "report.csv",
  *write(report) {
    yield "suite,file,status,flaky,attempts,seconds\n";
    for (const { suite, file, status, flaky, attempts } of report.tasks) {
      const seconds = attempts.reduce((sum, { duration_ms }) => sum + duration_ms, 0) / 1000;
      yield `${[suite, file, status, flaky, attempts.length, seconds.toFixed(3)].map(field).join(",")}\n`;
    }
  },
};

/** Quoted where it has to be (RFC 4180); and a spreadsheet computes nothing of what a test is called. */
function field(/** @type {unknown} */ value) {
  const text = String(value).replace(/^[=+@-]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export default definePlugin({
  name: "shardwright-plugin-csv",
  version: "1.0.0",
  shardwright: "^0.1",
  setup: (api) => api.reporter(csvReporter),
});
