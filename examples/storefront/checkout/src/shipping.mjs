/** The dearest band is last. Weights in grams, prices in minor units. */
const bands = [
  { up_to: 500, price: 290 },
  { up_to: 2_000, price: 490 },
  { up_to: 10_000, price: 990 },
  { up_to: 30_000, price: 1990 },
];
const largest = bands.at(-1).up_to;

export function parcelPrice(grams) {
  const band = bands.find((one) => grams <= one.up_to);
  if (band === undefined || grams <= 0) throw new RangeError(`no parcel of ${grams} g`);
  return band.price;
}

/** Packs pieces into few parcels: the heaviest first, each where it just fits (first fit decreasing). */
export function pack(weights) {
  const parcels = [];
  for (const grams of weights.toSorted((a, b) => b - a)) {
    if (grams > largest) throw new RangeError(`a piece of ${grams} g fits no parcel`);
    const place = parcels.find((parcel) => parcel.grams + grams <= largest);
    if (place === undefined) parcels.push({ grams, pieces: [grams] });
    else {
      place.grams += grams;
      place.pieces.push(grams);
    }
  }
  return parcels;
}
