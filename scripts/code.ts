// Tells code from comments and text, so that a rule about code is not fooled by a string, nor blinded by a comment.
export interface Code {
  /** The source with comments blanked and each string replaced by `"n"`, each plain template by `` `n` ``; lines keep their numbers. */
  text: string
  /** What stood in the strings and templates, by n. */
  strings: string[]
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const STRING = /'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/y
const REGEX = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TEMPLATE_PART = /((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)/y
const ENDS_A_VALUE = /[\w$)\]"`]\s*$/
const ENDS_WITH_KEYWORD = /(?:^|[^.\w$])(?:return|typeof|case|in|of|do|else|void|delete|await|yield|throw)\s*$/

export function readCode(source: string): Code {
  const strings: string[] = []
  const braces: ('block' | 'template')[] = []
  let text = ''
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match !== null) at = pattern.lastIndex
    return match
  }
  const blank = (skipped: string) => {
    text += ` ${skipped.replace(/[^\n]/g, '')}`
  }
  const template = (opened: boolean) => {
    const part = take(TEMPLATE_PART)
    if (part === null) return
    const [whole, content = '', end] = part
    if (end === '${') {
      braces.push('template')
      text += opened ? '(' : ','
    } else text += opened ? `\`${strings.push(content) - 1}\`` : ')'
    blank(whole)
  }
  while (at < source.length) {
    const char = source[at] ?? ''
    let match: RegExpExecArray | null
    if (char === '/') {
      match = take(COMMENT) ?? (mayStartRegex(text) ? take(REGEX) : null)
      if (match !== null) {
        blank(match[0])
        continue
      }
    }
    if (char === "'" || char === '"') {
      match = take(STRING)
      if (match !== null) {
        text += `"${strings.push(match[1] ?? match[2] ?? '') - 1}"`
        blank(match[0])
        continue
      }
    }
    at += 1
    if (char === '`') template(true)
    else if (char === '}' && braces.pop() === 'template') template(false)
    else {
      if (char === '{') braces.push('block')
      text += char === "'" || char === '"' ? ' ' : char
    }
  }
  return { text, strings }
}

// A slash after a value divides; anywhere else it opens a regular expression.
function mayStartRegex(before: string): boolean {
  const end = before.slice(-40)
  return !ENDS_A_VALUE.test(end) || ENDS_WITH_KEYWORD.test(end)
}

export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length
