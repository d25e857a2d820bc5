/** One layer of the tests: which files, how they run, and how long they may take before someone should wonder. */
export interface Layer {
  readonly name: string;
  /** What the layer shows, in the words of CONTRIBUTING.md. */
  readonly shows: string;
  /** Glob patterns from the root of the project. */
  readonly files: readonly string[];
  /** Files share one process: ten times quicker for small tests, and possible where none of them changes it. */
  readonly oneProcess: boolean;
  /** Seconds on a machine with two cores. Going over is printed, not failed: machines differ. */
  readonly budgetSeconds: number;
}

/** The layers in the order in which they run: what is quick and narrow first. */
export const LAYERS: readonly Layer[] = [
  {
    name: 'units',
    shows: 'decisions, parsers, tables and properties, beside the code',
    files: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'tests/*.test.ts'],
    oneProcess: true,
    budgetSeconds: 60,
  },
  {
    name: 'conformance',
    shows: 'one suite for every implementation of a port; stand-ins against the real programs',
    files: ['tests/conformance/**/*.test.ts', 'tests/neighbours/**/*.test.ts'],
    oneProcess: false,
    budgetSeconds: 60,
  },
  {
    name: 'simulation',
    shows: 'the whole program on a virtual clock under seeded faults',
    files: ['tests/simulation/**/*.test.ts'],
    oneProcess: false,
    budgetSeconds: 60,
  },
  {
    name: 'acceptance',
    shows: 'the real program against the platform in a box, over sockets',
    files: ['tests/acceptance/**/*.test.ts'],
    oneProcess: false,
    budgetSeconds: 90,
  },
  {
    name: 'kills',
    shows: 'the real process killed with -9 wherever it hurts',
    files: ['tests/kills/**/*.test.ts'],
    oneProcess: false,
    budgetSeconds: 60,
  },
  {
    name: 'smoke',
    shows: 'the built bundle, installed and started in an empty folder',
    files: ['tests/smoke/**/*.test.ts'],
    oneProcess: false,
    budgetSeconds: 30,
  },
];
