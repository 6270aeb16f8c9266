// The parts of a markdown page that a check can try: commands and paths in code, and links.
export interface MarkdownCode {
  /** A line of a fenced block, or a whole inline span. */
  text: string
  line: number
  inline: boolean
  /** The fence's language, empty when none is named. */
  language: string
}

export interface MarkdownLink {
  target: string
  line: number
}

const INLINE = /(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+["'][^)]*)?\)|^\s*\[[^\]]+\]:\s*(\S+)/g

export function readMarkdown(text: string): { code: MarkdownCode[]; links: MarkdownLink[] } {
  const code: MarkdownCode[] = []
  const links: MarkdownLink[] = []
  let fence: { mark: string; language: string } | undefined
  for (const [at, content] of text.split('\n').entries()) {
    const line = at + 1
    const [, mark, language = ''] = /^\s*(`{3,}|~{3,})\s*([\w-]*)/.exec(content) ?? []
    if (fence !== undefined) {
      if (mark?.startsWith(fence.mark) && language === '') fence = undefined
      else code.push({ text: content, line, inline: false, language: fence.language })
    } else if (mark !== undefined) fence = { mark, language }
    else {
      for (const [, , inside = ''] of content.matchAll(INLINE))
        code.push({ text: inside.trim(), line, inline: true, language: '' })
      for (const [, link, reference] of content.replace(INLINE, '').matchAll(LINK))
        links.push({ target: link ?? reference ?? '', line })
    }
  }
  return { code, links }
}
