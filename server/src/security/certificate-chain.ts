import { X509Certificate } from "node:crypto";

/** Certificates between a server's and its authority's. */
const longestChain = 10;

/** The certificates of a PEM file, in order. @throws Error when there is none, or one that is broken */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error("it holds no PEM certificate");
  return found.map((each) => new X509Certificate(each));
}

/** As `certificatesIn`, of those that may sign others. @throws Error when one of them may not */
export function authoritiesIn(pem: string): readonly X509Certificate[] {
  const authorities = certificatesIn(pem);
  const other = authorities.find(({ ca }) => !ca);
  if (other !== undefined) throw new Error(`the certificate of ${other.subject.replaceAll("\n", ", ")} may not sign others`);
  return authorities;
}

/** Whether one of these authorities signed the first of a chain's certificates, by way of the others in it. */
export function isSignedBy(chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): boolean {
  let [current] = chain;
  for (let step = 0; step < longestChain && current !== undefined; step += 1) {
    const signed = current;
    if (authorities.some((authority) => isIssuedBy(signed, authority))) return true;
    current = chain.find((other) => other !== signed && other.ca && isIssuedBy(signed, other));
  }
  return false;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
