/*
 * What people call themselves and write into notes goes into headers, calendar entries and both bodies. Here it loses
 * what could mean something there: a line break ends a header, a control character ends worse, and marks that turn the
 * writing direction make text look like what it is not. Halves of characters cannot be sent at all.
 */

const controls = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const lineBreaks = /\r\n?|[\n\u0085\u2028\u2029]/g;

/** One line without control characters, line breaks among them. */
export function oneLine(text: string): string {
  return text.replace(controls, ' ').replace(/\s+/g, ' ').trim();
}

/** Lines as they were written, without control characters. */
export function lines(text: string): string {
  return text
    .split(lineBreaks)
    .map((line) => line.replace(controls, ' ').trimEnd())
    .join('\n')
    .trim();
}

/** At most `lengthMax` characters, with a sign where some are missing; no character is cut in two. */
export function shortened(text: string, lengthMax: number): string {
  const characters = [...text];
  return characters.length <= lengthMax ? text : `${characters.slice(0, lengthMax - 1).join('')}…`;
}
