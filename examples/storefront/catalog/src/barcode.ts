/** The last digit of an EAN-13, from the first twelve. */
export function checkDigit(twelve: string): number {
  if (!/^\d{12}$/.test(twelve)) throw new SyntaxError(`twelve digits wanted: ${twelve}`);
  const sum = [...twelve].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return (10 - (sum % 10)) % 10;
}

export function isBarcode(text: string): boolean {
  return /^\d{13}$/.test(text) && checkDigit(text.slice(0, 12)) === Number(text[12]);
}
