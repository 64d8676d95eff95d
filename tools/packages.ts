/** The published packages. Each may import only from those before it. */
export const packages = [
  "packages/metrics",
  "packages/core",
  "packages/raft",
  "packages/client",
  "packages/runners",
  "packages/browsers",
  "packages/worker",
  "packages/ci",
  "packages/plugin",
  "server",
  "packages/cli",
] as const;
