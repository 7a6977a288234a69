/** One line of the report: a number of ours, what it is compared with, and what it was meant to reach. */
export interface Line {
  readonly measure: string;
  readonly ours: string;
  readonly baseline: string;
  /** Ours divided by the baseline's, or the number itself where the target is absolute; null: only shown. */
  readonly ratio: number | null;
  readonly target: Target | null;
}

export interface Target {
  readonly bound: 'at least' | 'at most';
  readonly value: number;
  /** Of an absolute target, "MB"; a ratio has none. */
  readonly unit?: string;
  /** What we would like to see; missing it is no failure. */
  readonly aim?: number;
}

const headings = ['measure', 'ours', 'baseline', 'ratio', 'target', 'reached'] as const;

/** The lines as a table in Markdown, ready to be pasted into README. */
export function tableOf(lines: readonly Line[]): string {
  const rows = [headings, ...lines.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const drawn = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [drawn[0], rule, ...drawn.slice(1)].join('\n');
}

function cellsOf({ measure, ours, baseline, ratio, target }: Line): string[] {
  const isAbsolute = target?.unit !== undefined;
  return [
    measure,
    ours,
    baseline,
    ratio === null || isAbsolute ? '–' : ratio.toFixed(2),
    target === null ? '–' : targetText(target),
    target === null || ratio === null ? '–' : reachedText(target, ratio),
  ];
}

function targetText({ bound, value, unit, aim }: Target): string {
  const sign = bound === 'at least' ? '≥' : '≤';
  const amount = unit === undefined ? `${value} ×` : `${value} ${unit}`;
  return `${sign} ${amount}${aim === undefined ? '' : `, aim ${aim}`}`;
}

function reachedText({ bound, value }: Target, measured: number): string {
  const isReached = bound === 'at least' ? measured >= value : measured <= value;
  return isReached ? 'yes' : 'no';
}

/** "12,345/s" */
export function perSecondText(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en')}/s`;
}

/** "1.23 ms" */
export function msText(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
}
