// Changes to the page, decided by the server, carried out here. The same change may come twice or late, by the socket, the
// cursor and as a form's answer: elements are known by their id, and the newer seq wins.

const MOST_REMEMBERED = 2000
const MOST_MISSED = 100
const removed = new Map() // element id → seq of its removal
const missed = new Map() // element id → how it changed before the page had it: two processes may tell in the other order

// The only HTML parser of the desk. `html` is a partial that the server drew; returns its one element, or null.
export function parse(html) {
  const template = document.createElement("template")
  template.innerHTML = html
  return template.content.firstElementChild
}

// `streams` as the server sends them. `seq` is the event that told them, or the `upto` of the cursor.
export function applyStreams(streams, seq = 0) {
  for (const stream of streams) applyStream(stream, seq)
}

export function applyStream({ action, target, html = "" }, seq = 0) {
  if (action === "refresh") return void tell(document, "refresh", { target, seq })
  if (action === "remove") return remove(target, seq)
  const element = parse(html)
  if (!element) return
  const known = element.id ? document.getElementById(element.id) : null
  if (isOutdated(element, known)) return
  const menu = known?.querySelector("details[data-menu][open]")
  if (menu) return menu.addEventListener("toggle", () => applyStream({ action, target, html }, seq), { once: true })
  if (known) return exchange(known, element)
  if (action === "replace") return miss(element)
  const place = document.getElementById(target)
  const newest = newer(missed.get(element.id), element)
  missed.delete(element.id)
  if (place && actions[action]?.(place, newest)) tell(place, "stream", { action, element: newest })
}

const actions = { append: insert, prepend: insert }

function isOutdated(element, known) {
  const seq = Number(element.dataset.seq)
  return (removed.has(element.id) && seq <= removed.get(element.id)) || (known && Number(known.dataset.seq) >= seq)
}

// Of a list's elements only: other places come whole.
function miss(element) {
  if (element.dataset.at) remember(missed, element.id, newer(missed.get(element.id), element), MOST_MISSED)
}

const newer = (one, other) => (Number(one?.dataset.seq) > Number(other.dataset.seq) ? one : other)

function remember(map, id, what, most) {
  map.delete(id)
  map.set(id, what)
  if (map.size > most) map.delete(map.keys().next().value)
}

function remove(id, seq) {
  const known = document.getElementById(id)
  if (known && seq && Number(known.dataset.seq) > seq) return
  remember(removed, id, Math.max(seq, Number(known?.dataset.seq) || 0), MOST_REMEMBERED)
  if (!known) return
  const place = known.parentElement
  known.remove()
  tell(place, "stream", { action: "remove", element: known })
}

// One element for another. Keeps the focus where it was, as far as the new element has the same place for it.
export function exchange(known, element) {
  const focused = known.contains(document.activeElement) ? document.activeElement : null
  const place = focused && pathOf(focused, known)
  known.replaceWith(element)
  if (focused) (place.reduce((parent, index) => parent?.children[index], element) ?? element).focus({ preventScroll: true })
  tell(element, "stream", { action: "replace", element, known })
}

function pathOf(node, root) {
  const path = []
  for (; node !== root; node = node.parentElement) path.unshift([...node.parentElement.children].indexOf(node))
  return path
}

// At its time (`data-at`, then `data-id`) among the others; without one at the end. What is older than a list that has
// more above it stays out, and so does what is newer than one that has more below: it comes when that is loaded.
function insert(list, element) {
  if (!element.dataset.at) return list.append(element), true
  const before = [...list.children].reverse().find((other) => other.dataset.at && !comesAfter(other, element))
  const isLast = before && ![...list.children].some((other) => other.dataset.at && comesAfter(other, element))
  if (isLast && list.closest("[data-newer]")?.dataset.newer) return false
  if (before) return before.after(element), true
  const first = [...list.children].find((other) => other.dataset.at)
  if (first && list.closest("[data-older]")?.dataset.older) return false
  if (first) first.before(element)
  else list.append(element)
  return true
}

function comesAfter(one, other) {
  const difference = Date.parse(one.dataset.at) - Date.parse(other.dataset.at)
  return difference > 0 || (difference === 0 && Number(one.dataset.id) > Number(other.dataset.id))
}

function tell(target, name, detail) {
  target.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }))
}
