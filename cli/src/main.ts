#!/usr/bin/env node
// `mandate`: finds the command, runs it, and says what to do when it cannot.
import { COMMANDS } from './commands.ts'
import { Usage } from './usage.ts'

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length))
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  mandate ${name.padEnd(width)}  ${summary}`)
  return `${lines.join('\n')}\n`
}

const words = process.argv.slice(2)
const name = Object.keys(COMMANDS).find((command) => command === words.slice(0, command.split(' ').length).join(' '))
const command = name === undefined ? undefined : COMMANDS[name]

if (!command || name === undefined) {
  const asked = words.length > 0 && !['help', '--help', '-h'].includes(words[0] ?? '')
  if (asked) process.stderr.write(`mandate: there is no command "${words.join(' ')}"\n`)
  process[asked ? 'stderr' : 'stdout'].write(overview())
  process.exitCode = asked ? 2 : 0
} else {
  try {
    process.exitCode = await command.run(words.slice(name.split(' ').length))
  } catch (error) {
    process.stderr.write(`mandate ${name}: ${(error as Error).message}\n`)
    if (error instanceof Usage) process.stderr.write(`usage: ${command.usage}\n`)
    process.exitCode = error instanceof Usage ? 2 : 1
  }
}
