const spelledOut: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", ø: "o", đ: "d", ł: "l", "&": " and ", "€": " euro " };

/** A title as part of an address: lower case letters, digits and single dashes. */
export function slugify(title: string, limit = 60): string {
  const plain = title
    .toLowerCase()
    .replace(/[ßæøđł&€]/g, (character) => spelledOut[character] ?? "")
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-");
  return plain.replace(/^-+/, "").slice(0, limit).replace(/-+$/, "");
}

/** The first of `slug`, `slug-2`, `slug-3` … that is not taken. */
export function uniqueSlug(title: string, taken: ReadonlySet<string>): string {
  const base = slugify(title) || "product";
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}
