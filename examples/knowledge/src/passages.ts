// What Acme Corp pays: list prices for all of sales, terms by territory for its reps, discounts for executives.

export interface Passage {
  id: string
  /** What people are allowed to see is said of documents; a passage is part of one. */
  document: string
  title: string
  text: string
  /** Minor units; of passages about list prices. */
  list_price?: number
  /** Percent; of passages about list prices. The field is for executives, whatever the passage is. */
  executive_discount?: number
}

export const TERRITORIES = ['emea', 'amer', 'apac'] as const
export const PRODUCTS = [
  'anvil',
  'rocket skates',
  'giant magnet',
  'tornado seeds',
  'dehydrated boulders',
  'jet bike',
] as const

const slug = (name: string): string => name.replaceAll(' ', '-')

/** The documents by who is meant to see them. */
export const listDocument = (product: string): string => `list-${slug(product)}`
export const territoryDocument = (territory: string, product: string): string =>
  `territory-${territory}-${slug(product)}`
export const executiveDocument = (product: string): string => `executive-${slug(product)}`

export function passages(): Passage[] {
  return PRODUCTS.flatMap((product, at) => [
    ...ofDocument(listDocument(product), `List price of the ${product}`, [
      `Acme Corp pricing: the list price of the ${product} is $${1200 + at * 150} for each unit.`,
      `Acme Corp pays the list price of the ${product} on orders of fewer than ten.`,
    ]).map((passage) => ({ ...passage, list_price: (1200 + at * 150) * 100, executive_discount: 30 + at })),
    ...TERRITORIES.flatMap((territory, of) =>
      ofDocument(territoryDocument(territory, product), `Terms in ${territory.toUpperCase()} for the ${product}`, [
        `Acme Corp pricing in ${territory.toUpperCase()}: the ${product} ships at ${8 + of}% under list, by rep agreement.`,
      ]),
    ),
    ...ofDocument(executiveDocument(product), `Executive discount on the ${product}`, [
      `Acme Corp pricing, executive discount: the ${product} may go down to ${30 + at}% under list. Confidential.`,
      `Acme Corp pricing, walk-away price of the ${product}: an executive may sign at ${40 + at}% under list. Confidential.`,
    ]),
  ])
}

const ofDocument = (document: string, title: string, texts: readonly string[]): Passage[] =>
  texts.map((text, at) => ({ id: `${document}-${at + 1}`, document, title, text }))
