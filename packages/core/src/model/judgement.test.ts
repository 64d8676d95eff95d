import { expect, test } from "vitest";
import { judgementVerdictSchema, outweighs } from "./judgement.ts";

test("too little coverage outweighs enough, and either what could not be joined; the same again changes nothing", () => {
  const heard = judgementVerdictSchema.options.flatMap((said) =>
    judgementVerdictSchema.options.filter((before) => outweighs(said, before)).map((before) => `${said} over ${before}`),
  );
  expect(heard).toEqual(["passed over errored", "failed over passed", "failed over errored"]);
});
