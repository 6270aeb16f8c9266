// Which route of a table a path leads to: whole segments, as they stand or as the value of a parameter.
import { Problem } from '../kernel/problem.ts'
import type { Route } from './route.ts'

/** Characters of one segment. */
const LONGEST = 500

export interface Found {
  route: Route
  params: Record<string, string>
}

export type Find = (method: string, path: string) => Found | Problem

interface Pattern {
  route: Route
  /** Of each segment, the parameter it is the value of, or undefined where it must be as in `literals`. */
  names: readonly (string | undefined)[]
  literals: readonly string[]
}

/** Paths begin with `base`. A path that is there for another method is `method_not_allowed`. */
export function finder(base: string, routes: readonly Route[]): Find {
  const byLength = Map.groupBy(routes.map(patternOf), ({ literals }) => literals.length)
  return (method, path) => {
    const segments = path.slice(base.length).split('/')
    let elsewhere = false
    for (const { route, names, literals } of byLength.get(segments.length) ?? []) {
      if (!fits(segments, names, literals)) continue
      if (route.method === method) return paramsOf(route, names, segments)
      elsewhere = true
    }
    return new Problem(elsewhere ? 'method_not_allowed' : 'not_found')
  }
}

// From the end: that is where most routes differ.
function fits(segments: readonly string[], names: Pattern['names'], literals: Pattern['literals']): boolean {
  for (let at = literals.length - 1; at >= 0; at--)
    if (names[at] === undefined && literals[at] !== segments[at]) return false
  return true
}

function patternOf(route: Route): Pattern {
  const literals = route.path.split('/')
  return { route, literals, names: literals.map((segment) => /^\{(\w+)\}$/.exec(segment)?.[1]) }
}

function paramsOf(route: Route, names: Pattern['names'], segments: readonly string[]): Found | Problem {
  const params: Record<string, string> = {}
  for (let at = 0; at < names.length; at++) {
    const name = names[at]
    if (name === undefined) continue
    const value = decoded(segments[at] ?? '')
    if (value === undefined) return new Problem('not_found')
    params[name] = value
  }
  return { route, params }
}

/** Undefined where it leads nowhere. */
function decoded(segment: string): string | undefined {
  if (segment === '' || segment.length > LONGEST) return undefined
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
