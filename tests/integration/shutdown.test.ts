import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const runtime = pathToFileURL('dist/shared/runtime/').href;

/** A process that tells what it does; `body` may use `shutdown` and `say`. */
async function aProcess(body: string, options = '') {
  const program = `
    import { writeSync } from 'node:fs';
    import { installShutdown } from '${runtime}shutdown.js';
    import { onParentGone } from '${runtime}parent.js';
    const say = (what) => writeSync(1, what + '\\n');
    const log = { info: () => {}, error: ({ step }) => say('failed: ' + step) };
    const shutdown = installShutdown({ log, ${options} });
    onParentGone(() => shutdown.begin('parent gone'));
    setInterval(() => {}, 1000);
    ${body}
    say('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const said: string[] = [];
  child.stdout?.on('data', (chunk) => said.push(...String(chunk).trim().split('\n')));
  while (!said.includes('up')) await once(child.stdout ?? child, 'data');
  return { child, said, ended: endOf(child) };
}

async function endOf(child: ChildProcess) {
  const [code] = await once(child, 'exit');
  return code;
}

it('takes down last what came first, and then ends with 0', async () => {
  const { child, said, ended } = await aProcess(`
    shutdown.before('database', async () => say('database'));
    shutdown.before('server', async () => { await new Promise((done) => setTimeout(done, 50)); say('server'); });`);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(said).toEqual(['up', 'server', 'database']);
});

it('goes on past a step that fails or hangs, and ends with 1', async () => {
  const { child, said, ended } = await aProcess(
    `
    shutdown.before('database', () => say('database'));
    shutdown.before('hangs', () => new Promise(() => {}));
    shutdown.before('fails', () => { throw new Error('no'); });`,
    'limitMs: 200',
  );
  child.kill('SIGINT');
  expect(await ended).toBe(1);
  expect(said).toEqual(['up', 'failed: fails', 'failed: hangs', 'database']);
});

it('takes a signal that comes twice at once for one, and ends at once on a later one', async () => {
  const { child, said, ended } = await aProcess(
    `shutdown.before('hangs', () => { say('stopping'); return new Promise(() => {}); });`,
  );
  child.kill('SIGINT');
  child.kill('SIGINT');
  while (!said.includes('stopping')) await once(child.stdout ?? child, 'data');
  const begun = Date.now();
  const impatient = setInterval(() => child.kill('SIGINT'), 300);
  expect(await ended).toBe(1);
  clearInterval(impatient);
  expect(Date.now() - begun).toBeGreaterThan(500);
});

it('also ends when the process that started it is gone', async () => {
  const { child, said, ended } = await aProcess(`shutdown.before('server', () => say('server'));`);
  child.disconnect();
  expect(await ended).toBe(0);
  expect(said).toEqual(['up', 'server']);
});
