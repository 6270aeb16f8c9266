// One line for what passes, the whole story of what fails.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { check, type Step } from './check.ts'

const step = (name: string, code: string): Step => ({ name, alone: `npx ${name}`, args: ['-e', code] })

describe('check', () => {
  const ran = async (steps: readonly Step[]) => {
    const lines: string[] = []
    return { passed: await check(steps, process.cwd(), (line) => lines.push(line)), told: lines.join('\n') }
  }

  it('says one line for each step that passes and keeps its output to itself', async () => {
    const { passed, told } = await ran([step('one', 'console.log("chatter")'), step('two', '')])
    assert.ok(passed)
    assert.equal(told.split('\n').length, 2)
    assert.doesNotMatch(told, /chatter/)
  })

  it('shows all of what a failed step said and how to run it alone, and runs the others', async () => {
    const bad = step('bad', 'console.log("out"); console.error("err"); process.exit(3)')
    const { passed, told } = await ran([bad, step('good', ''), step('also', '')])
    assert.ok(!passed)
    assert.match(told, /FAIL bad/)
    assert.match(told, /^ +out$/m)
    assert.match(told, /^ +err$/m)
    assert.match(told, /bad failed; alone: npx bad/)
    assert.match(told, /ok +also/)
  })

  it('fails for a step that is killed, and for no steps at all', async () => {
    assert.ok(!(await ran([step('killed', 'process.kill(process.pid, "SIGKILL")')])).passed)
    assert.ok(!(await ran([])).passed)
  })
})
