/** `months` after an instant (epoch seconds, UTC): the same day and time, or the last day of a month that is shorter. */
export function monthsAfter(seconds: number, months: number): number {
  const from = new Date(seconds * 1_000);
  const first = new Date(from);
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return first.getTime() / 1_000;
}

/** How many monthly parts a period has: those that begin in it. */
export function monthsIn(start: number, end: number): number {
  let months = 1;
  while (monthsAfter(start, months) < end) months += 1;
  return months;
}

/** What has been given of `credits` after `parts` of `all`, whole credits as evenly as can be. */
export function givenAfter(credits: number, parts: number, all: number): number {
  return Math.floor((credits * parts) / all);
}
