import { type FactVersions, factVersions, knownFacts } from "@shardwright/core";

const { TokenRevoked: _, ...kinds } = factVersions.kinds;

/** What a program knows that is a version older than `newerFacts`: that tokens can be revoked is new there. */
export const olderFacts = knownFacts(kinds);
export const newerFacts = knownFacts({ ...kinds, TokenRevoked: olderFacts.version + 1 });

/** What a program of that version knew. */
export function factsUpTo(version: number): FactVersions {
  const known = Object.entries(factVersions.kinds).filter(([, since]) => since <= version);
  const additions = factVersions.additions.filter((addition) => addition.version <= version);
  return knownFacts(Object.fromEntries(known), additions, factVersions.dispensable);
}
