/**
 * How long it may take to put in order what was set up for all tests of a suite: as long as containers take that are brought down.
 * What takes longer hangs. Whoever waits for that waits a little longer.
 */
export const clearingUp_ms = 120_000;
