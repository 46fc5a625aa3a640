// Single keys, outside of fields only. Each does what a button or link on the page does.

import { all, isTyping, one, toast } from "./dom.js"
import { closeSearch, goBack, isSearching, openNumber, prefetch } from "./desk.js"
import { post, Problem } from "./http.js"
import { applyStreams } from "./streams.js"

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  r: () => write("reply"),
  n: () => write("note"),
  a: take,
  e: () => one("#pane [data-key=e]")?.click(),
  "/": search,
  "?": () => document.getElementById("keys")?.showModal(),
}

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return leave(event)
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return
    if (isTyping(event.target) || one("dialog[open]") || !KEYS[event.key]) return
    if (event.key.startsWith("Arrow") && !inQueue(event.target)) return
    event.preventDefault()
    KEYS[event.key]()
  })
}

const inQueue = (element) => element === document.body || Boolean(element.closest("ticket-queue"))

function move(step) {
  const rows = all("ticket-queue .row").filter((row) => row.offsetParent)
  if (!rows.length) return
  const focused = rows.indexOf(document.activeElement)
  const start = focused >= 0 ? focused : rows.findIndex((row) => row.hasAttribute("aria-current"))
  const next = rows[Math.max(0, Math.min(rows.length - 1, start < 0 ? 0 : start + step))]
  next.focus()
  next.scrollIntoView({ block: "nearest" })
  if (!next.dataset.message) prefetch(Number(next.dataset.number))
}

function search() {
  const field = one(".search__input")
  if (!field?.offsetParent) goBack() // on a phone the list is behind the thread
  field?.focus()
  field?.select()
}

function write(kind) {
  one("message-composer")?.write(kind)
}

async function take() {
  const number = openNumber() ?? Number(document.activeElement?.dataset?.number)
  if (!number) return
  try {
    applyStreams((await post(`/tickets/${number}/take`)).streams)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    toast(error.message)
  }
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
  }
}

