// An embedding that works without a model: character trigrams, hashed into a fixed number of places. It finds texts that
// share words and parts of words, which is enough to rank passages; it knows nothing of meaning.

export const DIMENSIONS = 384

export function embed(text: string): number[] {
  const places = new Array<number>(DIMENSIONS).fill(0)
  const plain = ` ${text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()} `
  for (let at = 0; at + 3 <= plain.length; at++) {
    const hash = fnv(plain.slice(at, at + 3))
    // The sign keeps trigrams that share a place from adding up (feature hashing).
    places[hash % DIMENSIONS] = (places[hash % DIMENSIONS] ?? 0) + (hash & 0x8000_0000 ? 1 : -1)
  }
  const length = Math.hypot(...places) || 1
  return places.map((place) => place / length)
}

// FNV-1a, 32 bits.
function fnv(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
