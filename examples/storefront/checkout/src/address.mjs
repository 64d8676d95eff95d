const postcodes = {
  DE: /^\d{5}$/,
  FR: /^\d{5}$/,
  NL: /^[1-9]\d{3} ?[A-Z]{2}$/,
  GB: /^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/,
  PT: /^\d{4}-\d{3}$/,
};

/** What is wrong with an address, by field; empty when nothing is. */
export function problemsOf({ name = "", street = "", postcode = "", city = "", country = "" }) {
  const problems = {};
  for (const [field, value] of Object.entries({ name, street, city })) {
    if (value.trim() === "") problems[field] = "is missing";
    else if (value.length > 80) problems[field] = "is longer than 80 characters";
  }
  const pattern = postcodes[country];
  if (pattern === undefined) problems.country = `we do not ship to ${country || "nowhere"}`;
  else if (!pattern.test(postcode.trim().toUpperCase())) problems.postcode = `is not one of ${country}`;
  return problems;
}
