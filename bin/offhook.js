#!/usr/bin/env node
// Written for every Node.js there is, so that an old one can say what is wrong instead of a syntax error.
var major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    'offhook needs Node.js 24 or later, and this is ' +
      process.version +
      '.\n' +
      'Install a newer Node.js, or, in a checkout, use the one that npm ci brought: npm run offhook -- ' +
      process.argv.slice(2).join(' '),
  )
  process.exit(1)
}
import('node:fs').then(function (fs) {
  var compiled = new URL('../dist/cli/main.js', import.meta.url)
  var source = new URL('../src/cli/main.ts', import.meta.url)
  // A checkout has its sources, which need no build; the published package has only what was compiled.
  return import((fs.existsSync(source) ? source : compiled).href)
})
