import { join, relative, resolve, sep } from "node:path";
import { detectEnvironment, type Environment } from "@shardwright/ci";
import type { ReportPlace } from "@shardwright/plugin";

/**
 * How the CI system at hand finds a file that a JUnit report attaches. Jenkins' plugin wants it absolute
 * (https://plugins.jenkins.io/junit-attachments/), GitLab relative to the project
 * (https://docs.gitlab.com/ci/testing/unit_test_reports/#view-junit-screenshots-on-gitlab), others relative to the report.
 */
export function reportPlace(environment: Environment, outputDir: string): ReportPlace {
  const { provider } = detectEnvironment(environment);
  const project = environment.CI_PROJECT_DIR;
  return {
    attachment(path) {
      const absolute = join(outputDir, ...path.split("/"));
      if (provider === "jenkins") return absolute;
      if (provider === "gitlab" && project !== undefined) return relative(resolve(project), absolute).split(sep).join("/");
      return path;
    },
  };
}
