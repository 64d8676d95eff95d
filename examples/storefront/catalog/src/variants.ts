export type Options = Readonly<Record<string, readonly string[]>>;
export type Variant = Readonly<Record<string, string>>;

/** Every combination of a product's options, the last option varying fastest. */
export function variantsOf(options: Options): Variant[] {
  return Object.entries(options).reduce<Variant[]>(
    (variants, [name, values]) => variants.flatMap((variant) => values.map((value) => ({ ...variant, [name]: value }))),
    [{}],
  );
}

/** `SHIRT` in red and large is `SHIRT-RED-LARGE`. */
export function skuOf(base: string, variant: Variant): string {
  const parts = Object.values(variant).map((value) => value.toUpperCase().replace(/[^A-Z0-9]+/g, ""));
  return [base, ...parts].join("-");
}
