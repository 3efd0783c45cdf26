#!/usr/bin/env node
// Written for every Node.js there is, so that an old one can say what is wrong instead of a syntax error.
var major = Number(process.versions.node.split('.')[0])

function refuse() {
  console.error(
    'offhook needs Node.js 24 or later, and this is ' +
      process.version +
      '.\n' +
      'Install a newer Node.js; a checkout brings one of its own: run npm ci there.',
  )
  process.exit(1)
}

/** A checkout has the Node.js 24 that npm ci brought. */
function runWith(spawn, node) {
  var child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  process.on('SIGTERM', function () {
    child.kill('SIGTERM')
  })
  process.on('SIGHUP', function () {
    child.kill('SIGHUP')
  })
  process.on('SIGINT', function () {
    // A terminal's Ctrl-C has reached the child as well.
    if (!process.stdin.isTTY) child.kill('SIGINT')
  })
  child.on('error', refuse)
  child.on('exit', function (code, signal) {
    process.exitCode = signal === null ? code : 1
  })
}

import('node:fs').then(function (fs) {
  var compiled = new URL('../dist/cli/main.js', import.meta.url)
  var source = new URL('../src/cli/main.ts', import.meta.url)
  var node = new URL('../node_modules/node/bin/node', import.meta.url)
  if (major >= 24) {
    // A checkout has its sources, which need no build; the published package has only what was compiled.
    return import((fs.existsSync(source) ? source : compiled).href)
  }
  if (!fs.existsSync(source) || !fs.existsSync(node)) return refuse()
  return import('node:child_process').then(function (childProcess) {
    runWith(childProcess.spawn, node.pathname)
  })
})
