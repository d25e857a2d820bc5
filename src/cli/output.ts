import type { Terminal } from './terminal.ts';

/** How data is printed. `table` and `wide` are for people, the others for programs: the fields of the API. */
export const FORMATS = ['table', 'wide', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** Prints data for programs, or what `forPeople` makes of it. */
export async function print(
  terminal: Terminal,
  format: Format,
  data: unknown,
  forPeople: () => string,
): Promise<void> {
  switch (format) {
    case 'json':
      return terminal.out(`${JSON.stringify(data, undefined, 2)}\n`);
    case 'yaml': {
      const { stringify } = await import('yaml');
      return terminal.out(stringify(data, { lineWidth: 0 }));
    }
    case 'table':
    case 'wide':
      return terminal.out(forPeople());
  }
}
