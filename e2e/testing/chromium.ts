// A real browser, and what every page must stand: no finding of axe, nothing wider than the screen, nothing too small to hit.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright-core'

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })

const WIDTHS = [390, 1280]
const SCHEMES = ['light', 'dark'] as const
const FOLDER = join(tmpdir(), 'mandate-screens')

/** Looks at the page as it is, on a phone and a laptop, in light and dark; leaves a picture of each. */
export async function lookAt(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const size = page.viewportSize()
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 844 })
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const where = `${name}, ${width} px, ${colorScheme}`
      await page.screenshot({ path: join(FOLDER, `${name}-${width}-${colorScheme}.png`), fullPage: true })
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze()
      const found = violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => ({ id, target, failureSummary })),
      )
      assert.deepEqual(found, [], where)
    }
    const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')
    assert.equal(wide, false, `${name} is wider than ${width} px`)
    assert.deepEqual(await tooSmall(page), [], `${name}, ${width} px`)
  }
  if (size) await page.setViewportSize(size)
}

/** What a finger must hit and is under 44 px high. */
const tooSmall = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('button, summary, input:not([type=hidden], [type=checkbox]), select, textarea, nav a, a.button, a.tile')]
    .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height < 43.5)
    .map((part) => part.outerHTML.slice(0, 200))`)
