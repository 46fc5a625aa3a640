// <ticket-queue>: the rows of a view. Asks for rows that changed, puts them in their place without moving what is under
// the pointer, and keeps the counts. What is in the page of a long view is `lib/windowed.js`, what is selected
// `lib/selection.js`.

import { all, listen, one } from "../lib/dom.js"
import { openNumber } from "../lib/desk.js"
import { getJson, getText, Problem } from "../lib/http.js"
import { draft } from "../lib/keep.js"
import { Selection } from "../lib/selection.js"
import { parse } from "../lib/streams.js"
import { Windowed } from "../lib/windowed.js"

const FOLD = 300 // ms in which changes are asked for together
const AGAIN = 2_000 // ms until rows are asked for again that could not be had
const MOST_ASKED = 100

class TicketQueue extends HTMLElement {
  connectedCallback() {
    this.asked = new Set()
    this.held = new Map() // number → a new row that waits until nobody points at the list
    this.ended = new AbortController()
    const { signal } = this.ended
    document.addEventListener("refresh", ({ detail }) => this.refresh(detail.target), { signal })
    document.addEventListener("read", ({ detail }) => this.markRead(detail.number), { signal })
    document.addEventListener("stream", (event) => this.heard(event), { signal })
    document.addEventListener("drafted", ({ detail }) => this.markDraft(detail.number), { signal })
    document.addEventListener("click", () => this.sort(), { signal, capture: true })
    document.addEventListener("keydown", () => this.sort(), { signal, capture: true })
    this.addEventListener("pointerout", ({ relatedTarget }) => relatedTarget?.closest?.(".rows") || this.sort())
    this.addEventListener("over", () => this.refreshAll())
    this.selection = new Selection(this)
    this.windowed = new Windowed(this)
    listen(this, "click", "[data-after]", (event) => (event.preventDefault(), this.windowed.load("after")))
    listen(this, "click", "[data-before]", (event) => (event.preventDefault(), this.windowed.load("before")))
    listen(this, "click", "[data-held]", () => this.sort())
    this.shown()
  }

  disconnectedCallback() {
    this.ended.abort()
    clearTimeout(this.timer)
  }

  get list() {
    return one(".rows__list", this)
  }

  // Its own rows: what a search found looks the same, and stands over them.
  get items() {
    return [...this.list.children]
  }

  // What the address asks for: the view and its filters.
  get query() {
    return one(".queue__content", this).dataset.query
  }

  // How many the view holds; -1: nobody counted.
  get size() {
    const shown = one(`[data-count="${this.dataset.view}"]`, this)
    return one(".narrow__chip", this) || !shown ? -1 : Number(shown.textContent) || this.list.children.length
  }

  // Another view is in the page, or this one anew.
  shown() {
    this.held.clear()
    this.dataset.view = one(".queue__content", this).dataset.view
    this.selection.clear()
    this.windowed.begin()
    this.arrived(all(".rows__item", this))
  }

  // Further rows are in the page.
  arrived() {
    for (const item of this.items) this.personal(item)
    this.showUnread()
  }

  personal(item) {
    const number = Number(item.dataset.number)
    this.selection.draw(item)
    if (isDrafted(number)) one("[data-draft]", item).hidden = false
  }

  // --- changes ---

  refresh(target) {
    const number = /^row-(\d+)$/.exec(target)?.[1]
    if (!number) return
    this.asked.add(number)
    this.askSoon(FOLD)
  }

  heard({ target, detail }) {
    if (!target.matches?.(".rows__list") || detail.action !== "remove") return
    this.selection.gone(Number(detail.element.dataset.number))
    this.settle()
  }

  askSoon(wait) {
    this.timer ||= setTimeout(() => this.ask(), wait)
  }

  refreshAll() {
    for (const item of this.items) this.refresh(item.id)
  }

  async ask() {
    this.timer = 0
    const numbers = [...this.asked].slice(0, MOST_ASKED)
    for (const number of numbers) this.asked.delete(number)
    const { query } = this
    let wait = FOLD
    try {
      const { rows, counts } = await getJson(`/queue/rows?${query}&numbers=${numbers.join(",")}`)
      if (query !== this.query) return
      this.windowed.steady(() => rows.forEach((row) => this.put(row)))
      this.count(counts)
      this.settle()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (!error.status || error.status >= 500) {
        for (const number of numbers) this.asked.add(number) // what was told once is not told again
        wait = AGAIN * (0.75 + Math.random() / 2)
      }
    }
    if (this.asked.size) this.askSoon(wait)
  }

  put({ number, html }) {
    const known = document.getElementById(`row-${number}`)
    if (!html) return this.leave(Number(number), known)
    const item = parse(html)
    this.personal(item)
    if (Number(number) === openNumber()) one(".row", item).setAttribute("aria-current", "true")
    if (!known) return this.isOutside(item) ? undefined : this.come(item)
    const focused = known.contains(document.activeElement) && document.activeElement
    known.replaceWith(item)
    if (focused) one(focused.matches("input") ? "input" : ".row", item).focus({ preventScroll: true })
    item.classList.toggle("rows__item--moved", !this.isInPlace(item))
  }

  // It is not in the view any more. Under the pointer it fades first: the next one must not slip below a click.
  leave(number, known) {
    this.held.delete(number)
    this.selection.gone(number)
    if (!known) return
    if (this.isPointedAt) known.classList.add("rows__item--gone")
    else this.windowed.steady(() => known.remove())
  }

  come(item) {
    const after = this.next(item)
    if (after && this.isPointedAt) this.held.set(Number(item.dataset.number), item)
    else if (after) after.before(item)
    else this.list.append(item)
  }

  next(item) {
    return [...this.list.children].find((other) => other.dataset.place > item.dataset.place)
  }

  // A row beyond what is in the page comes when its part of the view does.
  isOutside(item) {
    const { firstElementChild: first, lastElementChild: last } = this.list
    if (!last) return false
    const isBelow = this.windowed.end.isLeft && item.dataset.place > last.dataset.place
    return isBelow || (this.windowed.start.isLeft && item.dataset.place < first.dataset.place)
  }

  isInPlace(item) {
    const [before, after] = [item.previousElementSibling, item.nextElementSibling]
    return (!before || before.dataset.place <= item.dataset.place) && (!after || after.dataset.place >= item.dataset.place)
  }

  // --- order ---

  get isPointedAt() {
    return Boolean(one("[data-rows]:hover", this))
  }

  // Rows that have another place by now go there, unless the pointer is over the list: then with the next click or key.
  settle() {
    if (!this.isPointedAt) this.sort()
    this.showEmpty()
    this.showHeld()
    this.windowed.number()
    this.showUnread()
  }

  sort() {
    const isChanged = this.held.size > 0 || one(".rows__item--gone, .rows__item--moved", this)
    if (!isChanged && this.isSorted()) return
    this.windowed.steady(() => this.order())
    this.showHeld()
    this.windowed.number()
    this.showEmpty()
    this.showUnread()
  }

  showEmpty() {
    const [words, isEmpty] = [one("[data-empty]", this), !this.list.children.length]
    if (isEmpty && words.hidden) this.askWhatIsPutOff()
    words.hidden = !isEmpty
  }

  // An empty view also says how many come back, and when: as it is now, not when the page was loaded.
  async askWhatIsPutOff() {
    const { query } = this
    try {
      const content = parse(await getText(`/queue?${query}`))
      const isStillEmpty = !this.list.children.length && !one(".rows__list", content).children.length
      if (query === this.query && isStillEmpty) one("[data-empty]", this).replaceWith(one("[data-empty]", content))
    } catch (error) {
      if (!(error instanceof Problem)) throw error // what stands there is true, if not all of it
    }
  }

  isSorted() {
    return [...this.list.children].every((item) => !item.nextElementSibling || item.dataset.place <= item.nextElementSibling.dataset.place)
  }

  order() {
    for (const item of all(".rows__item--gone", this)) item.remove()
    this.list.append(...this.held.values())
    this.held.clear()
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null
    const sorted = [...this.list.children].sort((one, other) => (one.dataset.place < other.dataset.place ? -1 : 1))
    sorted.forEach((item, place) => {
      item.classList.remove("rows__item--moved")
      const there = this.list.children[place]
      if (there !== item) there.before(item)
    })
    if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true })
  }

  showHeld() {
    const pill = one("[data-held]", this)
    pill.hidden = !this.held.size
    if (this.held.size) pill.textContent = `${this.held.size} new`
  }

  // --- counts and marks ---

  count(counts) {
    for (const [view, count] of Object.entries(counts)) {
      for (const place of all(`[data-count="${view}"]`, this)) place.textContent = count || ""
    }
  }

  markRead(number) {
    const row = one(`#row-${number} .row`, this)
    row?.classList.remove("row--unread")
    one(`#row-${number} .row__unread`, this)?.remove()
    one(`#row-${number} [data-mention]`, this)?.remove()
    this.showUnread()
  }

  markDraft(number) {
    const mark = one(`#row-${number} [data-draft]`, this)
    if (mark) mark.hidden = !isDrafted(number)
  }

  // "(3) Lena Hoffmann": unread tickets among those that are shown.
  showUnread() {
    const unread = all(".row--unread", this).length
    const bare = document.title.replace(/^\(\d+\) /, "")
    document.title = unread ? `(${unread}) ${bare}` : bare
    const badge = document.getElementById("unread-badge")
    if (badge) badge.textContent = unread || ""
    document.dispatchEvent(new CustomEvent("unread", { detail: { count: unread } }))
  }
}

// What this browser has of it; what others have comes with the row.
const isDrafted = (number) => ["reply", "note"].some((kind) => draft.get(number, kind)?.text?.trim())

customElements.define("ticket-queue", TicketQueue)
