// Every way to import is seen, and nothing that only looks like one.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code under test holds templates of its own.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { importsOf } from './imports.ts'

const specifiers = (source: string) => importsOf(source).map(({ specifier }) => specifier)

it('finds every way to import, over as many lines as it takes', () => {
  const source = [
    "import one from './one.ts'",
    'import type {\n  Two,\n  Also,\n} from "./two.ts"',
    "export * from './three.ts'",
    "export {\n  four,\n} from './four.ts'",
    "import './five.ts'",
    "const six = await import(\n  './six.ts'\n)",
    "type Seven = typeof import('./seven.ts')",
    'const eight = import(`./eight.ts`)',
    "import data from './nine.json' with { type: 'json' }",
    "import*as ten from'./ten.ts'",
    "import /* why */ eleven /* not */ from // here\n './eleven.ts'",
  ].join('\n')
  assert.equal(
    specifiers(source).join(' '),
    './one.ts ./two.ts ./three.ts ./four.ts ./five.ts ./six.ts ./seven.ts ./eight.ts ./nine.json ./ten.ts ./eleven.ts',
  )
})

it('is not fooled by comments, strings, templates and regular expressions', () => {
  const source = [
    "// import a from './a.ts'",
    "/* import b from './b.ts'\n import './b2.ts' */",
    'const c = "import c from \'./c.ts\'"',
    "const d = `import d from './d.ts' ${'x'} import './d2.ts'`",
    'const e = /import "e" from \'e\'/',
    "const f = import.meta.url + Array.from('abc')",
  ].join('\n')
  assert.deepEqual(specifiers(source), [])
})

it('still sees what stands behind the things that fool a simple scan', () => {
  const tricky = [
    'const a = "// not a comment"',
    'const b = `${{ x: "}" }.x} /* `',
    'const c = /["\'`]/',
    'const d = 4 / 2 / 1',
    "const e = 'it\\'s'",
    'if (a) { }',
    "import z from './z.ts'",
  ].join('\n')
  assert.deepEqual(importsOf(tricky), [{ specifier: './z.ts', line: 7 }])
})

it('reports an import whose name is computed, also from inside a template', () => {
  assert.deepEqual(specifiers('await import(name)'), [undefined])
  assert.deepEqual(specifiers('await import(`./${name}.ts`)'), [undefined])
  assert.deepEqual(specifiers("const text = `${await import('./hidden.ts')}`"), ['./hidden.ts'])
})

it('follows createRequire, and leaves other functions named require alone', () => {
  const made = "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\n"
  assert.deepEqual(specifiers(`${made}require('../store.ts')`), ['node:module', '../store.ts'])
  assert.deepEqual(specifiers("require('admin')"), [])
})
