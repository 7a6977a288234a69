/** Shows how far it is: one line that changes where a person looks at it, a few plain lines where nobody does. */
export interface Progress {
  readonly show: (done: number, text: string) => void;
  readonly end: () => void;
}

const barLength = 24;

/** Plain lines: this many in all. */
const plainLines = 4;

export function openProgress(total: number, to: NodeJS.WriteStream): Progress {
  let shown = 0;
  return {
    show: (done, text) => {
      if (to.isTTY) {
        const filled = Math.round((barLength * done) / total);
        const bar = '█'.repeat(filled) + '░'.repeat(barLength - filled);
        // Cut to the terminal, because a line that wraps cannot be taken back.
        to.write(`\r\x1b[K${`${bar} ${done} of ${total}: ${text}`.slice(0, to.columns - 1)}`);
        return;
      }
      const due = Math.floor((plainLines * done) / total);
      if (due > shown) to.write(`${done} of ${total}: ${text}\n`);
      shown = due;
    },
    end: () => {
      if (to.isTTY) to.write('\r\x1b[K');
    },
  };
}
