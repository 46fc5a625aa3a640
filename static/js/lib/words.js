// Finding by words, as people half remember them: "cl ti" finds "Close the ticket", "prhi" finds "Priority: high".

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean)

// Those of `things` ({words, group}) that fit, the best first; `more(thing)` is added to how well it fits.
export function scored(things, query, more = () => 0) {
  const asked = wordsOf(query)
  return things
    .map((thing, place) => ({ thing, place, score: score(thing, asked) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score + more(other.thing) - one.score - more(one.thing) || one.place - other.place)
    .map(({ thing }) => thing)
}

// 0 when one of the words fits nowhere.
function score({ words, group = "" }, asked) {
  const names = wordsOf(words)
  const scores = asked.map((word) => Math.max(...names.map((name) => fit(word, name)), within(word, names.join("")), fit(word, plain(group)) / 4))
  if (!scores.length || Math.min(...scores) === 0) return 0
  return scores.reduce((sum, each) => sum + each, 0) / scores.length + (names[0]?.startsWith(asked[0]) ? 1 : 0)
}

function fit(word, name) {
  if (name === word) return 5
  if (name.startsWith(word)) return 4
  return name.includes(word) ? 2 : 0
}

// Its letters come in this order.
function within(word, name) {
  let at = -1
  for (const letter of word) {
    at = name.indexOf(letter, at + 1)
    if (at < 0) return 0
  }
  return 1
}
