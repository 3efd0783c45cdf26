import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import type { Finding } from '../../doctor/finding.ts'
import { systemClock } from '../../lib/clock.ts'
import { findNode } from '../node-file.ts'
import { platformAction, platformCommand } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { paint } from '../terminal.ts'

export function doctorCommand(): Command {
  return platformCommand('doctor', 'Check the setup of a node on this machine, with the environment it would have.')
    .option('--json', 'print JSON, for programs')
    .action(platformAction(doctor))
}

async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const config = readConfig(process.env)
  const node = await findNode(config.home).catch(() => undefined)
  const { examine } = await import('../../doctor/examine.ts')
  const findings = await examine({ config, node, clock: systemClock })
  const failed = findings.filter(({ state }) => state === 'failed').length
  printResult(json, { healthy: failed === 0, findings }, () => report(findings, failed))
  if (failed > 0) process.exitCode = 1
}

const marks: Readonly<Record<Finding['state'], string>> = {
  ok: paint('green', '✓'),
  warning: paint('yellow', '!'),
  failed: paint('red', '✗'),
  skipped: paint('dim', '–'),
}

function report(findings: readonly Finding[], failed: number): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, state, message, fix }) => [
    `${marks[state]} ${check.padEnd(width)}  ${message}`,
    ...(fix === undefined ? [] : [`  ${' '.repeat(width)}  ${paint('bold', 'fix:')} ${fix}`]),
  ])
  const warned = findings.filter(({ state }) => state === 'warning').length
  const end = failed > 0 ? `${failed} to mend` : warned > 0 ? 'It works; see the warnings' : 'All is well'
  return `${lines.join('\n')}\n\n${end}.`
}
