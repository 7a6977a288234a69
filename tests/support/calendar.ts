/** The lines of a calendar entry as a reader puts them together again (RFC 5545 §3.1). */
export function unfolded(content: string): string[] {
  return content.replaceAll('\r\n ', '').split('\r\n');
}

/** The value of the only line of that name, parameters and all; null when there is none. */
export function propertyOf(content: string, name: string): string | null {
  const found = unfolded(content).filter((line) => line.startsWith(`${name}:`) || line.startsWith(`${name};`));
  if (found.length > 1) throw new Error(`${name} is there ${found.length} times`);
  return found[0]?.slice(name.length + 1) ?? null;
}

/** A text value as it was meant (RFC 5545 §3.3.11). */
export function unescaped(value: string): string {
  return value.replace(/\\([\\;,nN])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped));
}
