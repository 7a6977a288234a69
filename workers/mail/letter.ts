/** What a mail says, before it is laid out: both bodies are made from the same letter, so that they say the same. */
export interface Letter {
  readonly opening: string;
  readonly facts: readonly Fact[];
  readonly closing: string | null;
}

export interface Fact {
  readonly label: string;
  /** May have several lines. */
  readonly value: string;
  /** Whether the value is an address of ours to be followed; what people write never is. */
  readonly isLink: boolean;
}

/** A fact, or none when there is nothing to say. */
export function fact(label: string, value: string | null): Fact[] {
  return value === null || value === '' ? [] : [{ label, value, isLink: false }];
}

/** A fact that can be followed, when it leads to a page: other schemes run or open things. */
export function link(label: string, url: string | null): Fact[] {
  return fact(label, url).map((plain) => ({ ...plain, isLink: /^https?:\/\//i.test(plain.value) }));
}
