/**
 * `derive`, of which the latest results are remembered: between `max` and twice as many. For pure functions of a text
 * that are asked the same again and again; it changes no answer.
 */
export function remembered<Result>(max: number, derive: (text: string) => Result): (text: string) => Result {
  let latest = new Map<string, Result>();
  let before = latest;
  return (text) => {
    const known = latest.get(text);
    if (known !== undefined) return known;
    const result = before.get(text) ?? derive(text);
    if (latest.size === max) {
      before = latest;
      latest = new Map();
    }
    latest.set(text, result);
    return result;
  };
}
