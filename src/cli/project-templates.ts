/** A kind of project that `offhook init` can make. */
export interface ProjectTemplate {
  readonly about: string
  /** Files and folders of this package, and where they go in the project. */
  readonly files: Readonly<Record<string, string>>
  /** What to type in the project, and what it does. */
  readonly steps: readonly (readonly [command: string, does: string])[]
}

const greeting = { 'examples/callers/hello.wav': 'callers/hello.wav' }
const echoCall = "dial --speech callers/hello.wav --press 'wait 500,#'"

/** `{offhook}` in a step stands for the command as the user calls it. */
const dev = ['{offhook} dev', 'answers calls'] as const
const dial = (caller: string) => [`{offhook} ${caller}`, 'in another terminal: calls it'] as const
const installed = [
  ['python3 -m venv .venv && . .venv/bin/activate', ''],
  ['pip install -r requirements.txt', ''],
] as const

export const defaultTemplate = 'front-desk'

export const projectTemplates: Readonly<Record<string, ProjectTemplate>> = {
  'front-desk': {
    about: 'TypeScript: greets, offers a menu, repeats what the caller says',
    files: {
      'templates/typescript': '.',
      'templates/front-desk': '.',
      'templates/gitignore': '.gitignore',
      'examples/front-desk.ts': 'bot.ts',
      'examples/prompts': 'prompts',
    },
    steps: [dev, dial("dial --press 'wait 2500,1,quiet,#'")],
  },
  echo: {
    about: 'TypeScript: the shortest bot, says back what it hears',
    files: {
      'templates/typescript': '.',
      'templates/echo': '.',
      'templates/gitignore': '.gitignore',
      'examples/echo.ts': 'bot.ts',
      ...greeting,
    },
    steps: [dev, dial(echoCall)],
  },
  python: {
    about: 'Python: a plain WebSocket server, says back what it hears',
    files: {
      'templates/python': '.',
      'templates/gitignore': '.gitignore',
      'examples/python-echo/bot.py': 'bot.py',
      ...greeting,
    },
    steps: [...installed, dev, dial(echoCall)],
  },
  pipecat: {
    about: 'Python: a Pipecat bot, as Pipecat Cloud runs it',
    files: { 'templates/pipecat': '.', 'templates/gitignore': '.gitignore', ...greeting },
    steps: [...installed, dev, dial('dial --speech callers/hello.wav')],
  },
  websocket: {
    about: 'Node.js: a WebSocket server without the SDK, to be written again in any language',
    files: { 'templates/websocket': '.', 'templates/gitignore': '.gitignore', ...greeting },
    steps: [['npm install', ''], dev, dial(echoCall)],
  },
}
