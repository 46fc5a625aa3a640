// Going from ticket to ticket and view to view without loading the page anew. Links stay links: with a modifier key, or
// without this script, they do what links do.

import { all, announce, listen, one, toast } from "./dom.js"
import { getText, Problem } from "./http.js"
import { live } from "./live.js"
import { parse } from "./streams.js"

const FRESH = 4000 // ms in which a part that was fetched ahead may be used

let openMessage = null // the message at which the open ticket was opened
const ahead = new Map() // url → {at, position, text: Promise}
let going = null // the AbortController of the last navigation

export const desk = () => one(".desk")
export const openNumber = () => Number(one("#pane")?.dataset.number) || null
export const viewName = () => one("ticket-queue")?.dataset.view ?? "mine"
// What an address asks of the queue: "view=mine", or "view=mine&is.tag=vip" with filters.
export const viewQuery = () => one(".queue__content")?.dataset.query ?? "view=mine"

export const searchQuery = () => one("#results")?.dataset.query ?? ""
export const isSearching = () => Boolean(one("#results"))

export function startDesk() {
  if (!one("ticket-queue")) return
  openMessage = new URLSearchParams(location.search).get("message")
  history.replaceState(here(), "")
  listen(document, "click", "a[data-number]", (event, link) => follow(event, () => openTicket(Number(link.dataset.number), { message: link.dataset.message })))
  listen(document, "click", "a[data-view]", (event, link) => follow(event, () => openView(new URL(link.href).search.slice(1))))
  listen(document, "submit", "form[data-filter]", (event, form) => (event.preventDefault(), openView(filterQuery(form))))
  listen(document, "click", "[data-close-search]", (event) => follow(event, closeSearch))
  listen(document, "click", "[data-back]", (event) => follow(event, goBack))
  listen(document, "click", "[data-toggle-panel]", togglePanel)
  listen(document, "pointerover", ".row[data-number]:not([data-message])", (_, link) => prefetch(Number(link.dataset.number)))
  window.addEventListener("popstate", ({ state }) => state && restore(state))
}

// Shows a ticket, at one of its `message`s or at what is new. `focus`: the keyboard goes to the thread.
export async function openTicket(number, { push = true, focus = true, message = null } = {}) {
  const signal = begin()
  openMessage = message
  markCurrent(number)
  one("#pane .thread")?.classList.add("thread--loading")
  try {
    const { text, position } = fetched(paneUrl(number, message), signal)
    const pane = parse(await text)
    if (signal.aborted) return
    one("#pane").replaceWith(pane)
    show("thread")
    if (push) remember({ ...here(), number, message })
    arrived(pane, position)
    if (message && !one("message-thread", pane)?.dataset.target) toast("That message is not there any more.")
    if (focus) one(".messages", pane)?.focus({ preventScroll: true })
  } catch (error) {
    if (signal.aborted) return
    one("#pane .thread")?.classList.remove("thread--loading")
    tell(error)
  }
}

// Shows a view by its query. `since` is the place of the row to begin with: where one was before.
export async function openView(query, { push = true, since = "" } = {}) {
  const signal = begin()
  try {
    const queue = one("ticket-queue")
    const position = live.position()
    const part = since ? `&place=${encodeURIComponent(since)}` : ""
    const content = parse(await getText(`/queue?${query}${part}`, { signal }))
    if (signal.aborted) return
    if (push) history.replaceState({ ...history.state, since: firstSeen() }, "")
    one(".queue__content", queue).replaceWith(content)
    queue.shown()
    leaveResults()
    markCurrent(openNumber())
    const number = openNumber()
    if (push) remember(here())
    live.loaded(position)
    const title = one("h1", content)?.textContent ?? ""
    if (!number) entitle(title)
    announce(title)
  } catch (error) {
    if (!signal.aborted) tell(error)
  }
}

// Fields that ask for nothing are left out of the address.
const filterQuery = (form) => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString()

// The place of the first row on the screen, "" at the beginning of the view.
function firstSeen() {
  const rows = one("[data-rows]")
  if (!rows?.scrollTop) return ""
  const { top } = rows.getBoundingClientRect()
  return all(".rows__item", rows).find((item) => item.getBoundingClientRect().bottom > top)?.dataset.place ?? ""
}

// Shows what a search found in the place of the queue, which stays as it is beneath.
export async function openSearch(query, { push = true } = {}) {
  const signal = begin()
  one("#results")?.classList.add("results--loading")
  try {
    const found = parse(await getText(`/search?view=${viewName()}&${query}`, { signal }))
    if (signal.aborted) return
    const isNew = !isSearching()
    one("#results")?.remove()
    one("desk-search").after(found)
    if (push) one("desk-search").count(query)
    else one("desk-search").show(query)
    one(".queue__content").hidden = true
    markCurrent(openNumber())
    if (push) remember(here(), isNew)
    if (!openNumber()) entitle("Search")
    announce(`${one(".results__title", found).textContent}: ${all(".row", found).length}`)
  } catch (error) {
    if (signal.aborted) return
    one("#results")?.classList.remove("results--loading")
    tell(error)
  }
}

export function closeSearch() {
  begin()
  leaveResults()
  if (!openNumber()) entitle(one("ticket-queue h1")?.textContent)
  remember(here())
  if (desk().dataset.pane === "queue") (one(".row[aria-current]") ?? one("ticket-queue .queue__content .row"))?.focus({ preventScroll: true })
}

function leaveResults() {
  one("#results")?.remove()
  one(".queue__content").hidden = false
  one("desk-search").show("")
}

// Loads the open ticket again: something changed that one element cannot show.
export const reopenTicket = () => openNumber() && openTicket(openNumber(), { push: false, focus: false, message: openMessage })

export function leaveTicket() {
  const pane = one("#pane")
  pane.dataset.number = ""
  pane.replaceChildren(...all(".thread, .panel", pane).map(emptied))
  markCurrent(null)
  show("queue")
  entitle(one("ticket-queue h1")?.textContent)
  remember(here())
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

const paneUrl = (number, message = null) =>
  `/tickets/${number}/pane?${viewQuery()}${message ? `&message=${message}` : ""}`

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

async function restore({ number, query, since = "", search = "", message = null }) {
  if (number) show("thread")
  else show("queue")
  if (query !== viewQuery()) await openView(query, { push: false, since })
  if (search && search !== searchQuery()) await openSearch(search, { push: false })
  else if (!search && isSearching()) leaveResults()
  if (number && (number !== openNumber() || message !== openMessage)) openTicket(number, { push: false, message })
}

export function goBack() {
  show("queue")
  remember({ ...here(), number: null, message: null })
  all(".row[aria-current]").find((row) => row.offsetParent)?.focus()
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
  const number = openNumber()
  return { number, query: viewQuery(), search: searchQuery(), message: number ? openMessage : null }
}

// In the history and the address. A search that is typed on replaces what was typed so far.
function remember(place, isNew = true) {
  const { number, query, search, message } = place
  const address = `/tickets${number ? `/${number}` : ""}?${query}${search ? `&${search}` : ""}${message ? `&message=${message}` : ""}`
  history[isNew ? "pushState" : "replaceState"](place, "", address)
}

function markCurrent(number) {
  for (const row of all(".row[data-number]")) row.toggleAttribute("aria-current", isOpenAt(row, number))
  for (const row of all(".row[aria-current]")) row.setAttribute("aria-current", "true")
}

function isOpenAt({ dataset }, number) {
  return Number(dataset.number) === number && (!dataset.message || dataset.message === openMessage)
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
