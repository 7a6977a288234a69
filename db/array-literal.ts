/** An array as text, for an array in an array: ids and names, in which nothing means anything to the array syntax. */
export function plainArray(values: readonly string[]): string {
  return `{${values.join(',')}}`;
}
