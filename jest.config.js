/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: { "^.+\\.ts$": "<rootDir>/test/support/transform.js" },
  transformIgnorePatterns: ["/node_modules/"],
  // Agenda leaves a timer of half its lock lifetime (five minutes) behind after every job.
  forceExit: true,
  testTimeout: 60_000,
  // Most tests wait more than they compute. One process for all would also keep every file's modules.
  maxWorkers: "100%",
  workerIdleMemoryLimit: "1GB",
  globalSetup: "<rootDir>/test/support/global-setup.js",
  globalTeardown: "<rootDir>/test/support/global-teardown.js",
};
