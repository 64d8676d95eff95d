import { hash } from "node:crypto";

/** The token in an `Authorization` header, if there is one of a length that tokens have. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S{1,512})$/i.exec(authorization ?? "")?.[1];
}

/** SHA-256, in hexadecimal: to look a digest up, or to compare it, tells who measures time nothing about the token. */
export function hashOf(secret: string): string {
  return hash("sha256", secret);
}
