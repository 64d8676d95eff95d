import { factVersions, knownFacts } from "@shardwright/core";

const { TokenRevoked: _, ...kinds } = factVersions.kinds;

/** What a program knows that is a version older than `newerFacts`: that tokens can be revoked is new there. */
export const olderFacts = knownFacts(kinds);
export const newerFacts = knownFacts({ ...kinds, TokenRevoked: olderFacts.version + 1 });
