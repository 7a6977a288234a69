/** Rows by key of which none has been found yet: what a key that was looked for maps to until then. */
export function absent<Key, Row>(keys: Iterable<Key>): Map<Key, Row | null> {
  const rows = new Map<Key, Row | null>();
  for (const key of keys) rows.set(key, null);
  return rows;
}
