/**
 * Where an attempt leaves what its tests covered, below the folder of its artifacts, for its runner to join; its suite has the option
 * `coverage`. Imports nothing: each warm process reads it.
 */
export const coveragePartFolder = "coverage-part";
export const coveragePartFile = "coverage.json.gz";
