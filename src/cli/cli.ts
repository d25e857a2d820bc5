import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../platform/version.ts';
import { OpsError } from '../ports/ops-error.ts';
import type { DecideFlags, IncidentFlags, LookFlags, PauseFlags } from './command-options.ts';
import type { ConfigFlags } from './commands/config.ts';
import type { PlaybookFlags } from './commands/playbooks.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { FORMATS } from './output.ts';
import { printError } from './print-error.ts';
import type { Terminal } from './terminal.ts';

/** What a command's work ends with. */
type Run = (work: () => Promise<number>) => Promise<void>;

/**
 * Runs one command line. The exit code is the answer; data goes to the terminal's `out`, all words to `err`.
 * Each command's code is loaded when it is run, so that `runova version` costs next to nothing.
 */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exit: number = EXIT.good;
  const program = createProgram(terminal, async (work) => {
    exit = await work();
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exit as ExitCode;
  } catch (error) {
    if (error instanceof CommanderError) return exitOfCommander(error, terminal);
    if (terminal.signal.aborted && !(error instanceof OpsError)) return EXIT.good;
    return printError(error, terminal, argv.includes('--debug'));
  }
}

/** Commander has printed its own words; help that was asked for is no mistake. */
function exitOfCommander(error: CommanderError, terminal: Terminal): ExitCode {
  if (error.exitCode === 0) return EXIT.good;
  if (error.code !== 'commander.help') terminal.err('hint: runova --help\n');
  return EXIT.usage;
}

export function createProgram(terminal: Terminal, run: Run): Command {
  const program = new Command('runova')
    .description('Your operations runbook, run for you: alert, decide, act, prove, close. Or hand over.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--debug', 'show where an error comes from')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .configureHelp({ helpWidth: Math.min(terminal.columns, 100) })
    .showSuggestionAfterError(true)
    .addHelpText('after', EXAMPLES);
  addLook(program, terminal, run);
  addDecide(program, terminal, run);
  addPause(program, terminal, run);
  addSetUp(program, terminal, run);
  return program;
}

const EXAMPLES = `
Examples:
  runova demo                      a small platform on this computer, and Runova repairing it
  runova incidents -n shop         what happened in a namespace
  runova incident 41               why it acted, or why not, and how the fix was proved
  runova pause                     no more changes, from this second on

Exit: 0 good, 1 degraded or failed, 2 usage or configuration, 3 cannot tell or could not reach.
`;

function addLook(program: Command, terminal: Terminal, run: Run): void {
  program.commandsGroup('Look:');
  const look = (name: string, description: string): Command =>
    withOutput(withServer(program.command(name).description(description)));
  look('status', 'how Runova stands, and what waits for you').action((flags: LookFlags) =>
    run(async () => (await import('./commands/look.ts')).showStatus(flags, terminal)),
  );
  look('incidents', 'all incidents, newest first')
    .option('-n, --namespace <name>', 'only targets of this namespace')
    .option('--state <state,...>', 'only these states')
    .option('--limit <number>', 'at most this many', positive)
    .option('-w, --watch', 'go on with every change')
    .action((flags: LookFlags) =>
      run(async () => (await import('./commands/look.ts')).listIncidents(flags, terminal)),
    );
  look('incident', 'one incident: what happened, why, and how it is known')
    .argument('<number>', 'as listed by runova incidents', positive)
    .option('--decision', 'only the guards of the last decision')
    .option('--bundle <dir>', 'write page, timeline and evidence into this folder')
    .option('-w, --watch', 'go on with every line')
    .action((id: number, flags: IncidentFlags) =>
      run(async () => (await import('./commands/incident.ts')).showIncident(id, flags, terminal)),
    );
  look('alerts', 'alerts that were received')
    .option('-n, --namespace <name>', 'only with this label')
    .option('--limit <number>', 'at most this many', positive)
    .action((flags: LookFlags) =>
      run(async () => (await import('./commands/look.ts')).listAlerts(flags, terminal)),
    );
}

type Decide = 'approve' | 'reject' | 'take' | 'retry' | 'close';

function addDecide(program: Command, terminal: Terminal, run: Run): void {
  program.commandsGroup('Decide:');
  const decide = (name: Decide, description: string): Command =>
    withServer(program.command(name).description(description))
      .argument('<incident>', 'its number', positive)
      .option('--because <words>', 'why, for the record')
      .action((id: number, flags: DecideFlags) =>
        run(async () => {
          const commands = await import('./commands/decide.ts');
          return await commands[name](id, flags, terminal);
        }),
      );
  decide('approve', 'let the plan that is asked about be carried out, once')
    .option('--digest <digest>', 'of the plan that you saw')
    .option('-y, --yes', 'do not ask');
  decide('reject', 'do not carry the plan out; hand the incident over');
  decide('take', 'hold the target yourself; Runova keeps off').option(
    '--until <time>',
    '08:00, 2h, or a date and time',
  );
  decide('retry', 'let Runova try again what was handed over').option(
    '--rung <number>',
    'begin at this rung',
    positive,
  );
  decide('close', 'it was seen to by a person');
}

function addPause(program: Command, terminal: Terminal, run: Run): void {
  const scoped = (name: 'pause' | 'resume', description: string): Command =>
    withServer(program.command(name).description(description))
      .option('-n, --namespace <name>', 'only in this namespace')
      .option('--playbook <name>', 'only this playbook')
      .option('--target <namespace/name>', 'only this target')
      .action((flags: PauseFlags) =>
        run(async () => {
          const commands = await import('./commands/pause.ts');
          return await commands[name](flags, terminal);
        }),
      );
  scoped('pause', 'no new change, from this second on')
    .option('--because <words>', 'why, for the others')
    .option('--all', 'hold back also what is owed');
  scoped('resume', 'take a pause back');
}

function addSetUp(program: Command, terminal: Terminal, run: Run): void {
  program.commandsGroup('Set up:');
  program
    .command('serve')
    .description('run Runova')
    .option('-c, --config <file>', 'default: ./runova.yaml, then /etc/runova/runova.yaml')
    .action((flags: ConfigFlags) =>
      run(async () => {
        const [{ needConfig }, { runServe }] = [
          await import('./find-config.ts'),
          await import('./commands/serve.ts'),
        ];
        return await runServe(needConfig(flags.config), terminal);
      }),
    );
  program
    .command('demo')
    .description('see it work, on this computer, in a minute')
    .option('--exit', 'end by itself when the stories are told')
    .action((flags: { exit?: boolean }) =>
      run(async () => (await import('./demo/run-demo.ts')).runDemo(flags, terminal)),
    );
  program
    .command('sandbox')
    .description('a small platform to try things on; break something in it, heal it, list what can break')
    .argument('[what]', 'start (the default), break, heal or faults')
    .argument('[fault]', 'as listed by runova sandbox faults')
    .argument('[target]', 'namespace/name')
    .action((what: string | undefined, fault: string | undefined, target: string | undefined) =>
      run(async () =>
        (await import('./demo/run-sandbox.ts')).runSandbox({
          what: what ?? 'start',
          fault,
          target,
          terminal,
        }),
      ),
    );
  addPlaybooks(program, terminal, run);
  addConfig(program, terminal, run);
  program
    .command('version')
    .description('print the version')
    .action(() => terminal.out(`${VERSION}\n`));
}

function addPlaybooks(program: Command, terminal: Terminal, run: Run): void {
  const playbooks = program.command('playbooks').description('what Runova would do about which alert');
  const add = (name: string, description: string): Command =>
    withOutput(playbooks.command(name).description(description)).option(
      '-c, --config <file>',
      'whose playbooks',
    );
  add('lint', 'check playbooks and measures')
    .argument('[folder...]', 'default: those of the configuration')
    .action((folders: string[], flags: PlaybookFlags) =>
      run(async () => (await import('./commands/playbooks.ts')).lintPlaybooks(folders, flags, terminal)),
    );
  add('list', 'all that are in use').action((flags: PlaybookFlags) =>
    run(async () => (await import('./commands/playbooks.ts')).listPlaybooks(flags, terminal)),
  );
  withServer(add('explain', 'one in sentences'))
    .argument('<name>', 'or the number of an incident that it leads')
    .action((name: string, flags: PlaybookFlags) =>
      run(async () => (await import('./commands/playbooks.ts')).explainOne(name, flags, terminal)),
    );
}

function addConfig(program: Command, terminal: Terminal, run: Run): void {
  const config = program.command('config').description('the configuration in effect');
  config
    .command('show')
    .description('every value, and where it comes from')
    .option('-c, --config <file>', 'default: ./runova.yaml, then /etc/runova/runova.yaml')
    .action((flags: ConfigFlags) =>
      run(async () => (await import('./commands/config.ts')).printConfig(flags, terminal)),
    );
  config
    .command('lint')
    .description('check it')
    .argument('[file]')
    .option('-c, --config <file>', 'the same, as a flag')
    .action((file: string | undefined, flags: ConfigFlags) =>
      run(async () => (await import('./commands/config.ts')).lintConfig(file, flags, terminal)),
    );
}

function withServer(command: Command): Command {
  return command
    .option('--server <url>', 'default: RUNOVA_SERVER, then http://127.0.0.1:8080')
    .option('--token-file <file>', 'default: the token in RUNOVA_TOKEN');
}

function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how to print').choices([...FORMATS]).default('table'),
  );
}

function positive(text: string): number {
  const number = Number(text);
  if (/^\d{1,15}$/.test(text) && number >= 1) return number;
  throw new InvalidArgumentError('It is a number from 1 up.');
}
