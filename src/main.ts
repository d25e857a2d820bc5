#!/usr/bin/env node
import { runCli } from './cli/cli.ts';
import { processTerminal } from './cli/process-terminal.ts';

// The only place that knows the process: arguments in, exit code out.
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
