import { createHmac, timingSafeEqual } from "node:crypto";

const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

function signatureOf(body, secret) {
  const digest = createHmac("sha256", secret).update(body).digest();
  return Array.from(digest.subarray(0, 6), (byte) => alphabet[byte % 32]).join("");
}

/** `SUMMER-25-K7PQ2M`: name, percent, and a signature that nobody without the secret can make. */
export function issueCoupon(name, percent, secret) {
  const body = `${name}-${percent}`;
  return `${body}-${signatureOf(body, secret)}`;
}

/** The percent a coupon takes off; undefined when it is not one of ours. */
export function percentOf(coupon, secret) {
  const match = /^([A-Z]+-(\d{1,2}))-([2-9A-Z]{6})$/.exec(coupon.trim().toUpperCase());
  if (match === null) return undefined;
  const [, body, percent, signature] = match;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(signatureOf(body, secret))) ? Number(percent) : undefined;
}
