// How many messages a text will be: cut as the server cuts it (helpdesk/text.py), so that the number is right.

const encoder = new TextEncoder()
const SIZES = { bytes: (text) => encoder.encode(text).length, characters: (text) => [...text].length }
const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })
const ENDS = ".!?…।؟"
const WIDE_ENDS = "。！？"
const CLOSING = "\"'”’»)]}"

export const sizeOf = (text, unit) => SIZES[unit](text)

export function countParts(text, limit, unit) {
  const size = SIZES[unit]
  let pieces = stripped([...segmenter.segment(text.trim())].map(({ segment }) => segment))
  let parts = 0
  while (pieces.length) {
    pieces = stripped(pieces.slice(seam(pieces, limit, size)))
    parts += 1
  }
  return parts
}

function stripped(pieces) {
  const start = pieces.findIndex((piece) => piece.trim())
  return start < 0 ? [] : pieces.slice(start)
}

function seam(pieces, limit, size) {
  const ends = [0]
  let used = 0
  for (const piece of pieces) {
    used += size(piece)
    if (used > limit) break
    ends.push(used)
  }
  const most = ends.length - 1
  if (most === pieces.length) return most
  for (let end = most; end > 0 && ends[end] > limit / 2; end -= 1) if (endsSentence(pieces, end)) return end
  for (let end = most; end > 0; end -= 1) if (!pieces[end].trim()) return end
  return Math.max(most, 1)
}

function endsSentence(pieces, end) {
  if (pieces[end].includes("\n")) return true
  let last = end - 1
  while (last > 0 && CLOSING.includes(pieces[last])) last -= 1
  return WIDE_ENDS.includes(pieces[last]) || (ENDS.includes(pieces[last]) && !pieces[end].trim())
}
