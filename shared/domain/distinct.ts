/** Each of these once, in their order. */
export function distinct<Item>(items: Iterable<Item>): Item[] {
  return [...new Set(items)];
}
