import { assert, constantFrom, property, string, stringMatching } from "fast-check";
import { expect, test } from "vitest";
import { providers } from "@shardwright/ci";
import { agentCommand, agentCommands } from "./agent-commands.ts";

const azure = providers.find(({ name }) => name === "azure");

test("the agent hides each line of a secret, whatever is in it", () => {
  const secrets = (text: string) => agentCommands(azure?.log.mask?.(text) ?? "");
  assert(
    property(string({ unit: constantFrom(...Array.from("%3BAZP25D0]; \r\né")) }), (text) => {
      const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
      expect(secrets(text)).toEqual(lines.map((data) => ({ area: "task", event: "setsecret", properties: {}, data })));
    }),
  );
  expect(secrets("50%;]%3B%AZP25\nsecond").map(({ data }) => data)).toEqual(["50%;]%3B%AZP25", "second"]);
});

test("what a test prints is no command to the agent", () => {
  assert(
    property(string(), stringMatching(/^[a-z]+( [a-z]+=[a-z]+;?)?\][a-z#]*$/), (before, after) => {
      const printed = `${before}##vso[task.${after}]x`;
      expect(agentCommand(printed)).toBeDefined();
      expect(agentCommand(azure?.log.neutralise(printed) ?? "")).toBeUndefined();
    }),
  );
});
