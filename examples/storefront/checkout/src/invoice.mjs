const euro = (minor) => `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, "0")}`;

/** A plain-text invoice; net prices in minor units, tax rates in percent, tax summed by rate. */
export function renderInvoice({ number, lines }) {
  const nets = new Map();
  for (const line of lines) nets.set(line.rate, (nets.get(line.rate) ?? 0) + line.net * line.quantity);
  const taxes = [...nets].sort(([a], [b]) => a - b).map(([rate, net]) => ({ rate, tax: Math.round((net * rate) / 100) }));
  const net = [...nets.values()].reduce((sum, one) => sum + one, 0);
  const gross = taxes.reduce((sum, one) => sum + one.tax, net);
  const row = (label, minor) => `${label.slice(0, 28).padEnd(28)}${euro(minor).padStart(12)}`;
  return [
    `Invoice ${number}`,
    ...lines.map((line) => row(`${line.quantity} × ${line.title}`, line.net * line.quantity)),
    row("Net", net),
    ...taxes.map(({ rate, tax }) => row(`Tax ${rate}%`, tax)),
    row("Total", gross),
  ].join("\n");
}
