/** A part of a mail that has no parts of its own, decoded. */
export interface MimeLeaf {
  readonly type: string;
  readonly headers: string;
  readonly content: string;
}

/** The value of a header, its lines put together; null when there is none. */
export function headerOf(raw: string, name: string): string | null {
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const found = unfolded.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  if (found.length > 1) throw new Error(`${name} is there ${found.length} times`);
  return found[0]?.slice(name.length + 1).trim() ?? null;
}

/** The innermost parts of a mail, in order. */
export function leavesOf(raw: string): MimeLeaf[] {
  const type = headerOf(raw, 'Content-Type') ?? 'text/plain';
  const split = raw.indexOf('\r\n\r\n');
  const body = raw.slice(split + 4);
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary !== undefined) {
    const parts = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1, -1);
    return parts.flatMap((part) => leavesOf(part.replace(/^\r\n/, '')));
  }
  const content = decoded(body, headerOf(raw, 'Content-Transfer-Encoding') ?? '7bit');
  return [{ type, headers: raw.slice(0, split), content }];
}

function decoded(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
