import { expect, test } from "vitest";
import { nodeProgram } from "../process/node-program.ts";
import { runTool } from "./run-tool.ts";

test("of what a tool prints, the beginning is kept up to a limit, and the end in any case", async () => {
  const program = `
    process.stdout.write("begin" + "x".repeat(3_000_000));
    process.stdout.write("\\nERROR: too little\\n", () => process.exit(1));
  `;
  const environment = process.env as Record<string, string>;
  const command = nodeProgram(environment);
  const { text, exit } = await runTool({ command, args: ["-e", program], cwd: ".", environment, timeout_ms: 60_000 });
  expect(exit.code).toBe(1);
  expect([text.startsWith("beginx"), text.endsWith("\nERROR: too little\n")]).toEqual([true, true]);
  expect(text.length).toBeLessThan(1_200_000);
});
