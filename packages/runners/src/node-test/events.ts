import { z } from "zod";

const errorSchema = z.object({
  /** Node:test's `failureType`, absent for what no test failed by. */
  how: z.string().optional(),
  message: z.string(),
  details: z.string(),
});
export type TestError = z.infer<typeof errorSchema>;

const place = { file: z.string().optional(), line: z.number().optional() };
/** `true`, or the reason as a text. */
const marked = z.union([z.boolean(), z.string()]).optional();
/** Only with a value of their own do marks like `expectFailure` say no. */
const expectation = z.unknown().optional();

const resultFields = {
  nesting: z.int().nonnegative(),
  name: z.string(),
  /** `suite` or `test`; absent for the file itself, when its hooks fail. */
  kind: z.string().optional(),
  duration_ms: z.number().optional(),
  ...place,
  skip: marked,
  todo: marked,
  expectFailure: expectation,
  error: errorSchema.optional(),
};

/** What a test process tells, a line of JSON each: node:test's own events, and how the process itself fares. */
export const testEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  /** Like the results in the order of definition: a suite or test before its subtests. */
  z.object({ type: z.literal("start"), nesting: z.int().nonnegative(), name: z.string() }),
  z.object({ type: z.literal("enqueue") }),
  /** In the order of execution; without an id before Node 24.10 or so. */
  z.object({
    type: z.literal("dequeue"),
    id: z.int().optional(),
    parent: z.int().optional(),
    name: z.string(),
    ...place,
  }),
  z.object({ type: z.literal("complete"), id: z.int().optional() }),
  z.object({ type: z.literal("pass"), ...resultFields }),
  z.object({ type: z.literal("fail"), ...resultFields }),
  z.object({ type: z.literal("diagnostic"), nesting: z.int().nonnegative(), message: z.string() }),
  z.object({ type: z.literal("summary"), success: z.boolean() }),
  z.object({ type: z.literal("uncaught"), error: errorSchema }),
  /** `isLoaded`: the file's top level was done, so that its tests had been defined. */
  z.object({ type: z.literal("exit"), isLoaded: z.boolean() }),
]);
export type TestEvent = z.infer<typeof testEventSchema>;
export type TestResult = Extract<TestEvent, { type: "pass" | "fail" }>;
