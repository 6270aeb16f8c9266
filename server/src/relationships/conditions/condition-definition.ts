// Nouns of conditions, in OpenFGA's own JSON: a CEL expression over typed parameters, and what a tuple says of it.

/** A parameter's type: `TYPE_NAME_LIST` and `TYPE_NAME_MAP` have one generic type, the others none. */
export interface TypeReference {
  type_name: string
  generic_types?: readonly TypeReference[]
}

export interface ConditionDefinition {
  name: string
  expression: string
  parameters?: Readonly<Record<string, TypeReference>>
  metadata?: { module?: string; source_info?: { file?: string } }
}

/** Values of parameters by name, as JSON. */
export type ConditionContext = Readonly<Record<string, unknown>>

/** What a tuple says: it counts where the condition holds; its own context is stronger than the question's. */
export interface TupleCondition {
  name: string
  context?: ConditionContext
}

/** A condition that cannot be judged: a parameter is missing or of another type, or the expression failed. */
export class ConditionFault extends Error {
  readonly reason: string

  constructor(condition: string, reason: string) {
    super(`failed to evaluate relationship condition: '${condition}' - ${reason}`)
    this.name = 'ConditionFault'
    this.reason = reason
  }
}
