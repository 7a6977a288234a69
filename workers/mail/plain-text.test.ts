import { expect, it } from 'vitest';
import { lines, oneLine, shortened } from './plain-text.ts';

it.each([
  ['Ann\r\nBcc: eve@example.test', 'Ann Bcc: eve@example.test'],
  ['Ann\rAmes\nX\u2028Y\u2029Z\u0085', 'Ann Ames X Y Z'],
  ['  Ann \t\u0000\u001b[31m Ames ', 'Ann [31m Ames'],
  ['\u202eselrahC', 'selrahC'],
  ['half \ud83d a smile \ude00', 'half a smile'],
  ['Zoë 😀 O’Brien', 'Zoë 😀 O’Brien'],
])('makes one line of %j', (text, line) => {
  expect(oneLine(text)).toBe(line);
});

it('keeps the lines of longer texts, and nothing else that controls', () => {
  expect(lines('\nfirst\r\n\r\nsecond\u0007 \u2028third\u202e\n')).toBe('first\n\nsecond\nthird');
});

it('shortens without cutting a character in two', () => {
  expect(shortened('😀'.repeat(60), 60)).toBe('😀'.repeat(60));
  expect(shortened('😀'.repeat(61), 60)).toBe(`${'😀'.repeat(59)}…`);
});
