const day_ms = 86_400_000;

/** Dates are texts, `2026-03-01`: a day has no time zone. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * day_ms).toISOString().slice(0, 10);
}

/** 1 is Monday, 7 is Sunday. */
export function weekday(date: string): number {
  return new Date(Date.parse(date)).getUTCDay() || 7;
}

/** Western Easter Sunday (Meeus, Jones and Butcher). */
export function easter(year: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  const day = ((h + l - 7 * m + 114) % 31) + 1;
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** The year and number of the ISO 8601 week a date lies in. */
export function isoWeek(date: string): { year: number; week: number } {
  const thursday = addDays(date, 4 - weekday(date));
  const year = Number(thursday.slice(0, 4));
  return { year, week: 1 + Math.floor((Date.parse(thursday) - Date.parse(`${year}-01-01`)) / day_ms / 7) };
}

function isHoliday(date: string): boolean {
  const year = Number(date.slice(0, 4));
  const fixed = ["01-01", "05-01", "12-25", "12-26"];
  return fixed.includes(date.slice(5)) || date === addDays(easter(year), -2) || date === addDays(easter(year), 1);
}

export function isWorkingDay(date: string): boolean {
  return weekday(date) <= 5 && !isHoliday(date);
}

/** The day a parcel arrives that needs `days` working days. */
export function deliveryDate(ordered: string, days: number): string {
  let date = ordered;
  for (let left = days; left > 0;) {
    date = addDays(date, 1);
    if (isWorkingDay(date)) left -= 1;
  }
  return date;
}
