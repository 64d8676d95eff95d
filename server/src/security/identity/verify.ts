import { ShardwrightError } from "@shardwright/core";
import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { KeysUnreachable, type IssuerKeys } from "./fetch-keys.ts";
import type { IdentityRules, Issuer } from "./rules.ts";

/** Clocks of CI systems and coordinators differ a little. */
const clockTolerance_s = 30;
/** Characters of what others chose that an error repeats. */
const shown = 200;

export interface Verified {
  readonly issuer: Issuer;
  readonly claims: JWTPayload;
}

/**
 * Checks that an identity token was signed by an issuer that is trusted, for this coordinator, and holds now (RFC 7519; RFC 8725 on which
 * algorithms to take).
 * @throws ShardwrightError `identity-invalid`, `identity-issuer`, `identity-audience`, `identity-issuer-unreachable`
 */
export async function verifyIdentity(
  token: string,
  { audience, issuers }: IdentityRules,
  keysOf: (issuer: Issuer) => IssuerKeys,
  now: Date,
): Promise<Verified> {
  const issuer = issuers.get(issuerOf(token));
  if (issuer === undefined)
    throw new ShardwrightError("identity-issuer", {
      issuer: issuerOf(token).slice(0, shown),
      known: [...issuers.keys()].join(", "),
    });
  try {
    const { payload } = await jwtVerify(token, keysOf(issuer).find, {
      issuer: issuer.issuer,
      audience: [...audience],
      algorithms: [...issuer.algorithms],
      requiredClaims: ["exp", "iat", "sub"],
      maxTokenAge: issuer.maxAge_s,
      clockTolerance: clockTolerance_s,
      currentDate: now,
    });
    return { issuer, claims: payload };
  } catch (error) {
    if (error instanceof KeysUnreachable)
      throw new ShardwrightError(
        "identity-issuer-unreachable",
        { issuer: issuer.issuer, reason: error.message },
        { cause: error },
      );
    if (error instanceof errors.JWKSInvalid || (error instanceof errors.JOSEError && error.code === errors.JOSEError.code))
      throw new ShardwrightError("identity-issuer-unreachable", { issuer: issuer.issuer, reason: "they cannot be read" });
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === "aud")
      throw new ShardwrightError("identity-audience", { audience: audience.join(" or ") });
    if (error instanceof errors.JOSEError) throw new ShardwrightError("identity-invalid", { reason: reasonFor(error) });
    throw error;
  }
}

function issuerOf(token: string): string {
  let iss: unknown;
  try {
    ({ iss } = decodeJwt(token));
  } catch {
    throw new ShardwrightError("identity-invalid", { reason: "it is no JSON Web Token" });
  }
  if (typeof iss !== "string") throw new ShardwrightError("identity-invalid", { reason: "it names no issuer (iss)" });
  return iss;
}

/** In words, without anything of the token's own. */
function reasonFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return error.claim === "iat" ? "it was made too long ago" : "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.reason === "missing"
      ? `it lacks the claim ${error.claim}`
      : error.claim === "nbf" || error.claim === "iat"
        ? "it is not valid yet"
        : `its claim ${error.claim} is not what it should be`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "its signature is of a kind that is not taken (alg)";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "its signature is not the issuer's";
  if (error instanceof errors.JWKSNoMatchingKey) return "the issuer has no such key (kid)";
  if (error instanceof errors.JWKSMultipleMatchingKeys) return "several of the issuer's keys might have signed it";
  return `it cannot be read (${error.code})`;
}
