import { basename, relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { slugOf } from '../agent-name.ts'
import { commandName } from '../command-name.ts'
import { createProject } from '../create-project.ts'
import { UsageError } from '../describe-error.ts'
import { platformAction, platformCommand } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { defaultTemplate, type ProjectTemplate, projectTemplates } from '../project-templates.ts'
import { paint } from '../terminal.ts'

interface InitFlags {
  readonly template: string
  readonly json?: boolean
}

export function initCommand(): Command {
  const names = Object.keys(projectTemplates)
  const width = Math.max(...names.map((name) => name.length))
  const list = names.map((name) => `  ${name.padEnd(width)}  ${projectTemplates[name]?.about ?? ''}`)
  return platformCommand('init', 'Make a project with a bot that takes calls at once.')
    .argument('[folder]', 'where it goes; its name becomes that of the agent. Default: this folder')
    .addOption(new Option('--template <name>', 'what it begins with').choices(names).default(defaultTemplate))
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', `\nTemplates:\n${list.join('\n')}`)
    .action(platformAction(init))
}

async function init(given: string | undefined, flags: InitFlags): Promise<void> {
  const folder = resolve(given ?? '.')
  const name = slugOf(basename(folder))
  if (name === '') throw new UsageError(`no agent can be named after "${basename(folder)}": use letters and digits`)
  const template = projectTemplates[flags.template]
  if (!template) throw new UsageError(`there is no template ${flags.template}`)
  const files = await createProject({ folder, name, template })
  printResult(flags.json, { name, folder, template: flags.template, files }, () =>
    [
      `${paint('green', '✓')} ${paint('bold', name)} is in ${shown(folder)}: ${files.length} files. It begins with README.md.`,
      '',
      nextSteps(folder, template),
    ].join('\n'),
  )
}

const shown = (folder: string) => relative('.', folder) || 'this folder'

function nextSteps(folder: string, { steps }: ProjectTemplate): string {
  const path = relative('.', folder)
  const enter = path === '' ? [] : [[`cd ${/\s/.test(path) ? `'${path}'` : path}`, ''] as const]
  const lines = [...enter, ...steps].map(
    ([command, does]) => [command.replace('{offhook}', commandName()), does] as const,
  )
  const width = Math.max(...lines.map(([command]) => command.length))
  return lines.map(([command, does]) => `  ${command.padEnd(width)}  ${paint('dim', does)}`.trimEnd()).join('\n')
}
