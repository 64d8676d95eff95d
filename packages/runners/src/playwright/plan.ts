import { z } from "zod";

/** What one machine does once, besides running the files it is given: the projects of a configuration, and what stands around them. */
export const planSchema = z.object({
  projects: z.array(
    z.object({
      /** Its name, with a number where several have it. */
      id: z.string(),
      /** Others run after a `dependency`; a `teardown` runs when all is over. */
      role: z.enum(["tests", "dependency", "teardown"]),
      /** All that must have passed before, each after those that it needs itself. */
      dependencies: z.array(z.string()),
      /** The project that clears up after this one and those that depend on it. */
      teardown: z.string().optional(),
      /** How many of its files may run at once on one machine. */
      workers: z.int().positive().optional(),
      /** Absolute paths, these and those below. */
      testDir: z.string(),
      outputDir: z.string(),
      /** Sorted. */
      files: z.array(z.string()),
    }),
  ),
  /** There is a global setup or teardown, a web server, or a plugin of the configuration's. */
  hasGlobalSetup: z.boolean(),
  /** Playwright's blob is among its reporters. */
  reportsBlobs: z.boolean(),
});
export type Plan = z.infer<typeof planSchema>;
export type PlannedProject = Plan["projects"][number];

/** The project that a task is of; undefined when the configuration has none of that id. */
export function projectIn(plan: Plan, id: string | undefined): PlannedProject | undefined {
  return id === undefined ? plan.projects[0] : plan.projects.find((project) => project.id === id);
}
