/** As Stripe reckons billing periods: the same day of a later month, or its last one. Written apart from the product's. */
export function monthsLater(seconds: number, months: number): number {
  const date = new Date(seconds * 1_000);
  const month = date.getUTCMonth() + months;
  const [year, index] = [date.getUTCFullYear() + Math.floor(month / 12), ((month % 12) + 12) % 12];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][index] ?? 31;
  const time = seconds % 86_400;
  return Date.UTC(year, index, Math.min(date.getUTCDate(), days)) / 1_000 + time;
}
