// Going from ticket to ticket and view to view without loading the page anew. Links stay links: with a modifier key, or
// without this script, they do what links do.

import { all, announce, listen, one, toast } from "./dom.js"
import { getText, Problem } from "./http.js"
import { live } from "./live.js"
import { parse } from "./streams.js"

const FRESH = 4000 // ms in which a part that was fetched ahead may be used

const ahead = new Map() // url → {at, position, text: Promise}
let going = null // the AbortController of the last navigation

export const desk = () => one(".desk")
export const openNumber = () => Number(one("#pane")?.dataset.number) || null
export const viewName = () => one("ticket-queue")?.dataset.view ?? "mine"

export function startDesk() {
  if (!one("ticket-queue")) return
  history.replaceState(here(), "")
  listen(document, "click", "a[data-number]", (event, link) => follow(event, () => openTicket(Number(link.dataset.number))))
  listen(document, "click", "a[data-view]", (event, link) => follow(event, () => openView(link.dataset.view)))
  listen(document, "click", "[data-back]", (event) => follow(event, goBack))
  listen(document, "click", "[data-toggle-panel]", togglePanel)
  listen(document, "pointerover", ".row[data-number]", (_, link) => prefetch(Number(link.dataset.number)))
  window.addEventListener("popstate", ({ state }) => state && restore(state))
}

// Shows a ticket. `focus`: where the keyboard goes then ("thread" or nothing).
export async function openTicket(number, { push = true, focus = true } = {}) {
  const signal = begin()
  markCurrent(number)
  one("#pane .thread")?.classList.add("thread--loading")
  try {
    const { text, position } = fetched(paneUrl(number), signal)
    const pane = parse(await text)
    if (signal.aborted) return
    one("#pane").replaceWith(pane)
    show("thread")
    if (push) history.pushState({ number, view: viewName() }, "", `/tickets/${number}?view=${viewName()}`)
    arrived(pane, position)
    if (focus) one(".messages", pane)?.focus({ preventScroll: true })
  } catch (error) {
    if (signal.aborted) return
    one("#pane .thread")?.classList.remove("thread--loading")
    tell(error)
  }
}

export async function openView(view, { push = true } = {}) {
  const signal = begin()
  try {
    const queue = one("ticket-queue")
    const position = live.position()
    const content = parse(await getText(`/queue?view=${encodeURIComponent(view)}`, { signal }))
    if (signal.aborted) return
    queue.dataset.view = view
    one(".queue__content", queue).replaceWith(content)
    markCurrent(openNumber())
    const number = openNumber()
    if (push) history.pushState({ number, view }, "", number ? `/tickets/${number}?view=${view}` : `/tickets?view=${view}`)
    live.loaded(position)
    const title = one("h1", content)?.textContent ?? ""
    if (!number) entitle(title)
    announce(title)
  } catch (error) {
    if (!signal.aborted) tell(error)
  }
}

// Loads the open ticket again: something changed that one element cannot show.
export const reopenTicket = () => openNumber() && openTicket(openNumber(), { push: false, focus: false })

export function leaveTicket() {
  const pane = one("#pane")
  pane.dataset.number = ""
  pane.replaceChildren(...all(".thread, .panel", pane).map(emptied))
  markCurrent(null)
  show("queue")
  entitle(one("ticket-queue h1")?.textContent)
  history.pushState({ number: null, view: viewName() }, "", `/tickets?view=${viewName()}`)
}

export function prefetch(number) {
  if (number === openNumber()) return
  const url = paneUrl(number)
  if (ahead.has(url) && Date.now() - ahead.get(url).at < FRESH) return
  const found = { at: Date.now(), position: live.position(), text: getText(url) }
  found.text.catch(() => ahead.delete(url)) // the click asks again, and says what is wrong
  ahead.set(url, found)
  if (ahead.size > 20) ahead.delete(ahead.keys().next().value)
}

const paneUrl = (number) => `/tickets/${number}/pane?view=${encodeURIComponent(viewName())}`

function fetched(url, signal) {
  const found = ahead.get(url)
  ahead.delete(url)
  if (found && Date.now() - found.at < FRESH) return found
  return { position: live.position(), text: getText(url, { signal }) }
}

function begin() {
  going?.abort()
  going = new AbortController()
  return going.signal
}

function follow(event, go) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  go()
}

function restore({ number, view }) {
  if (view !== viewName()) openView(view, { push: false }).then(() => number && openTicket(number, { push: false }))
  else if (number && number !== openNumber()) openTicket(number, { push: false })
  if (number) show("thread")
  else show("queue")
}

function goBack() {
  show("queue")
  history.pushState({ number: null, view: viewName() }, "", `/tickets?view=${viewName()}`)
  one(".row[aria-current]")?.focus()
}

function togglePanel() {
  const isOpen = desk().dataset.pane === "panel"
  show(isOpen ? "thread" : "panel")
  one(isOpen ? "#pane [data-toggle-panel]" : "#pane .panel [data-toggle-panel]")?.focus()
}

function show(pane) {
  desk().dataset.pane = pane
}

function here() {
  return { number: openNumber(), view: viewName() }
}

function markCurrent(number) {
  for (const row of all(".row[data-number]")) row.toggleAttribute("aria-current", Number(row.dataset.number) === number)
  for (const row of all(".row[aria-current]")) row.setAttribute("aria-current", "true")
}

function arrived(pane, position) {
  entitle(pane.dataset.title)
  live.loaded(position)
  markCurrent(openNumber()) // its row may have been drawn anew while the pane was under way
  document.dispatchEvent(new CustomEvent("opened", { detail: { number: openNumber() } }))
  announce(`Ticket ${pane.dataset.number}, ${pane.dataset.title}`)
}

function tell(error) {
  if (!(error instanceof Problem)) throw error
  toast(error.message)
}

export function entitle(text) {
  document.title = `${text} · Helpdesk`
  one("ticket-queue")?.showUnread()
}

function emptied(part) {
  const empty = part.cloneNode(false)
  empty.removeAttribute("id")
  return empty
}
