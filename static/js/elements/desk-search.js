// <desk-search>: the search field at the head of the queue. Asks while one types; shows what was found in the place of
// the queue, which stays as it is beneath; Esc goes back to it.

import { closeSearch, isSearching, openSearch, searchQuery, viewName } from "../lib/desk.js"
import { all, listen, one, toast } from "../lib/dom.js"
import { getJson, Problem } from "../lib/http.js"
import { parse } from "../lib/streams.js"

const PAUSE = 250 // ms without a key until it asks by itself
const ENOUGH = 2 // characters, before which it waits for Enter

class DeskSearch extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this)
    this.field = one(".search__input", this)
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.submit()))
    this.field.addEventListener("input", () => this.typed())
    this.field.addEventListener("keydown", (event) => this.pressed(event))
    listen(this, "click", "[data-clear]", () => this.clear())
    this.onMore = (event) => this.follow(event)
    document.addEventListener("click", this.onMore)
  }

  disconnectedCallback() {
    clearTimeout(this.timer)
    document.removeEventListener("click", this.onMore)
  }

  // What the form asks for, as the address has it: without what is empty.
  get query() {
    const fields = [...new FormData(this.form)].filter(([name, value]) => name !== "view" && value.trim())
    return new URLSearchParams(fields).toString()
  }

  // Puts the form in step with a question: of an address, or of the history.
  show(query) {
    const given = new URLSearchParams(query)
    for (const field of all("[name]:not([name=view])", this)) {
      if (field !== document.activeElement || !query) field.value = given.get(field.name) ?? ""
    }
    this.count(query)
  }

  // How many filters narrow what is shown. The form itself may be further by now: what is chosen meanwhile stays.
  count(query) {
    const chosen = [...new URLSearchParams(query).keys()].filter((name) => name !== "q").length
    one("[data-chosen]", this).textContent = chosen || ""
  }

  typed() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.ask(), PAUSE)
  }

  ask() {
    const isEnough = this.field.value.trim().length >= ENOUGH
    if (isEnough && this.query !== searchQuery()) openSearch(this.query)
    else if (!this.query && isSearching()) closeSearch()
  }

  submit() {
    clearTimeout(this.timer)
    one("details", this).open = false
    if (this.query) openSearch(this.query)
    else if (isSearching()) closeSearch()
  }

  clear() {
    for (const field of all(".search__menu [name]", this)) field.value = ""
    this.submit()
  }

  pressed(event) {
    if (event.isComposing) return
    const first = event.key === "ArrowDown" && one(".results .row")
    if (first) {
      event.preventDefault()
      first.focus()
    } else if (event.key === "Escape") {
      event.preventDefault()
      clearTimeout(this.timer)
      this.field.blur()
      if (isSearching()) closeSearch()
      else this.field.value = ""
    }
  }

  follow(event) {
    const link = event.target.closest("[data-more-hits] a")
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    this.loadMore(link)
  }

  async loadMore(link) {
    if (this.isLoading) return
    this.isLoading = true
    const results = one("#results")
    try {
      const page = `/search?${results.dataset.query}&view=${viewName()}&more=${link.dataset.more}`
      const { rows, more } = await getJson(page)
      if (!results.isConnected) return
      const items = rows.map(parse)
      one(".results__hits", results).append(...items)
      link.closest("[data-more-hits]").replaceWith(parse(more))
      if (items[0]) one(".row", items[0]).focus({ preventScroll: true })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.message)
    } finally {
      this.isLoading = false
    }
  }
}

customElements.define("desk-search", DeskSearch)
