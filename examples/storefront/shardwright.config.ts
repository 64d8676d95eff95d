export default {
  suites: [
    { name: "catalog", runner: "vitest", directory: "catalog" },
    { name: "checkout", runner: "node-test", directory: "checkout" },
    { name: "forecast", runner: "pytest", directory: "forecast" },
    {
      name: "contracts",
      runner: "command",
      directory: "contracts",
      patterns: ["**/*.contract.json"],
      options: { command: "node check.mjs --junit {junit} {file}" },
    },
  ],
};
