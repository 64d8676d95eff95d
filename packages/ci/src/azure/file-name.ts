import { cutCharacters } from "../publishing/cut.ts";

const nameLimit = 120;

/** A name that Windows and the service take: no folders, nothing that has a meaning. */
export function azureFileName(name: string, otherwise: string): string {
  return cutCharacters(name.replaceAll("/", "-").replaceAll(/[\\:*?"<>|\p{Cc}]/gu, "_"), nameLimit) || otherwise;
}
