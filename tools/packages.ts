/** The published packages, each after those it depends on. */
export const packages = [
  "packages/core",
  "packages/client",
  "packages/runners",
  "packages/worker",
  "packages/ci",
  "server",
  "packages/cli",
] as const;
