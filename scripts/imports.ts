// What a TypeScript file imports: static, re-exported, dynamic, in types, and through createRequire.
import { lineAt, readCode } from './code.ts'

export interface Import {
  /** As written; undefined when it is computed as the program runs. */
  specifier: string | undefined
  line: number
}

// An identifier `from` directly before a string stands nowhere else in the language but in an import or re-export.
const STATIC = /(?<![.\w$])(?:from|import)\s*"(\d+)"/g
const DYNAMIC = /(?<![.\w$])import\s*\(\s*(?:["`](\d+)["`]\s*[,)])?/g
const REQUIRED = /(?<![.\w$])require\s*\(\s*(?:["`](\d+)["`]\s*\))?/g

export function importsOf(source: string): Import[] {
  const { text, strings } = readCode(source)
  const patterns = /\bcreateRequire\b/.test(text) ? [STATIC, DYNAMIC, REQUIRED] : [STATIC, DYNAMIC]
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => ({
      specifier: match[1] === undefined ? undefined : strings[Number(match[1])],
      line: lineAt(text, match.index),
    }))
    .sort((one, other) => one.line - other.line)
}
