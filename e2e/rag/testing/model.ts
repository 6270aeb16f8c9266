// Who at Acme may see what, as relationships: by role for prices, by territory for terms, executives for discounts.
import {
  executiveDocument,
  listDocument,
  PRODUCTS,
  TERRITORIES,
  territoryDocument,
} from '@mandate/example-knowledge/passages.ts'

const direct = (...types: (string | [type: string, relation: string])[]) => ({
  directly_related_user_types: types.map((of) =>
    typeof of === 'string' ? { type: of } : { type: of[0], relation: of[1] },
  ),
})
const MEMBERS = { relations: { member: { this: {} } }, metadata: { relations: { member: direct('user') } } }

export const MODEL = {
  schema_version: '1.1',
  type_definitions: [
    { type: 'user', relations: {} },
    { type: 'team', ...MEMBERS },
    { type: 'channel', ...MEMBERS },
    { type: 'territory', relations: { rep: { this: {} } }, metadata: { relations: { rep: direct('user') } } },
    {
      type: 'document',
      relations: {
        territory: { this: {} },
        reader: { this: {} },
        discounter: { this: {} },
        viewer: {
          union: {
            child: [
              { computedUserset: { relation: 'reader' } },
              { tupleToUserset: { tupleset: { relation: 'territory' }, computedUserset: { relation: 'rep' } } },
            ],
          },
        },
      },
      metadata: {
        relations: {
          territory: direct('territory'),
          reader: direct('user', ['team', 'member']),
          discounter: direct(['team', 'member']),
          viewer: direct(),
        },
      },
    },
  ],
}

export interface Tuple {
  user: string
  relation: string
  object: string
}

export function documentTuples(): Tuple[] {
  const sales = 'team:sales#member'
  const executives = 'team:executives#member'
  return PRODUCTS.flatMap((product) => [
    { user: sales, relation: 'reader', object: `document:${listDocument(product)}` },
    { user: executives, relation: 'discounter', object: `document:${listDocument(product)}` },
    { user: executives, relation: 'reader', object: `document:${executiveDocument(product)}` },
    ...TERRITORIES.flatMap((territory) => [
      {
        user: `territory:${territory}`,
        relation: 'territory',
        object: `document:${territoryDocument(territory, product)}`,
      },
      { user: executives, relation: 'reader', object: `document:${territoryDocument(territory, product)}` },
    ]),
  ])
}

/** Whether somebody of this role may see the document, said without any engine. */
export function maySee(
  document: string,
  { territory, executive }: { territory?: string; executive?: boolean },
): boolean {
  if (document.startsWith('list-')) return true
  return executive === true || (territory !== undefined && document.startsWith(`territory-${territory}-`))
}
