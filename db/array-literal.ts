/**
 * Arrays as PostgreSQL reads them, for the parallel arrays of the hot paths. The driver's own conversion inspects and
 * escapes every element; batches carry thousands of ids and numbers, which never need it.
 */

/** Ids, numbers, booleans, instants: nothing in them means anything to the array syntax. */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** Text of any content, null where there is none. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

function quoted(value: string): string {
  const escaped = /["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value;
  return `"${escaped}"`;
}
