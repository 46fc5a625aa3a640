// Keys, as their agent has chosen them. Letters work outside of fields only; with Ctrl (on a Mac ⌘) they work everywhere.

import { isTyping, one } from "./dom.js"
import { closeSearch, isSearching } from "./desk.js"

const isMac = /mac|iphone|ipad/i.test(navigator.platform)

// An input method is at work: none of its keys is ours.
export const isComposing = (event) => event.isComposing || event.keyCode === 229

// "mod+shift+enter", "shift+a", "?": what was pressed, in the server's spelling; "" for what is none of ours.
export function keyOf(event) {
  if (event.altKey || ["Control", "Shift", "Meta", "Alt", "AltGraph"].includes(event.key)) return ""
  const isLetter = /^[a-z]$/i.test(event.key)
  const letter = isLetter ? event.key.toLowerCase() : letterOf(event)
  const name = letter || event.key.toLowerCase()
  const isShifted = event.shiftKey && (letter || name.length > 1)
  const isMod = isMac ? event.metaKey : event.ctrlKey
  if (event.metaKey !== (isMac && isMod) || event.ctrlKey !== (!isMac && isMod)) return ""
  return `${isMod ? "mod+" : ""}${isShifted ? "shift+" : ""}${name}`
}

// On a keyboard of another script the letter that is printed at that place.
function letterOf({ key, code }) {
  return key.length === 1 && key.charCodeAt(0) > 127 ? (/^Key([A-Z])$/.exec(code)?.[1] ?? "").toLowerCase() : ""
}

// "Ctrl" as this machine calls it.
export const named = (piece) => (piece === "Ctrl" && isMac ? "⌘" : piece)

// `actions`: the server's list; `deeds`: what each of them presses.
export function startKeys(actions, deeds) {
  for (const place of document.querySelectorAll("[data-mod]")) place.textContent = named("Ctrl")
  const byKey = new Map(actions.filter(({ key }) => key).map(({ key, name }) => [key, name]))
  document.addEventListener("keydown", (event) => {
    if (isComposing(event)) return
    if (event.key === "Escape") return leave(event)
    if (event.defaultPrevented) return
    const key = keyOf(event)
    const name = byKey.get(key) ?? arrow(event)
    if (!name || one("dialog[open]")) return
    if (isTyping(event.target) && !/^mod\+|^f\d$/.test(key)) return
    event.preventDefault()
    deeds[name].press()
  })
}

const inQueue = (element) => element === document.body || Boolean(element.closest("ticket-queue"))

// Along the list, besides the keys that one has chosen for it.
function arrow({ key, shiftKey, ctrlKey, metaKey, altKey, target }) {
  if (!inQueue(target) || shiftKey || ctrlKey || metaKey || altKey) return undefined
  return { ArrowDown: "next", ArrowUp: "previous" }[key]
}

function leave(event) {
  const menu = one("details[data-menu][open]")
  if (menu) {
    menu.open = false
    one("summary", menu).focus()
  } else if (isTyping(event.target) && event.target.closest("message-composer")) {
    event.target.blur()
    one(".messages")?.focus({ preventScroll: true })
  } else if (isSearching() && !event.defaultPrevented && !one("dialog[open]") && inQueue(event.target)) {
    closeSearch()
  } else if (!one("dialog[open]")) one("ticket-queue")?.selection.clear()
}
