// <customer-panel>: the cards beside a thread. Saves each field when it changes and keeps what was typed when the server
// refuses it, takes what others change without touching what one writes, and leaves cards as the agent left them.

import { all, announce, clone, listen, one, toast } from "../lib/dom.js"
import { getText, post, Problem } from "../lib/http.js"
import { cards } from "../lib/keep.js"
import { exchange, applyStreams, parse } from "../lib/streams.js"

const FOLD = 500 // ms in which files are asked for together

class CustomerPanel extends HTMLElement {
  connectedCallback() {
    this.arrange()
    listen(this, "change", "[data-known] [name=value]", (_, field) => this.save(field.form))
    listen(this, "submit", "form[data-known]", (event, form) => (event.preventDefault(), this.save(form)))
    listen(this, "focusin", "[data-zones]", () => fillZones())
    listen(this, "click", "[data-more-files]", (event, link) => this.olderFiles(event, link))
    this.addEventListener("toggle", (event) => this.toggled(event.target), true)
    this.ended = new AbortController()
    document.addEventListener("stream", ({ detail }) => this.heard(detail.element), { signal: this.ended.signal })
  }

  disconnectedCallback() {
    this.ended.abort()
    clearTimeout(this.asking)
  }

  // Open and closed as the agent left them.
  arrange() {
    const left = cards.get()
    for (const card of all("details[data-card]", this)) card.open = left[card.dataset.card] ?? card.open
  }

  toggled(details) {
    if (details.dataset.card) cards.set(details.dataset.card, details.open)
    if (details.matches("[data-edit][open]")) one("input:not([type=hidden]), textarea, select", details)?.focus()
  }

  // --- a field by itself ---

  // `seen` says to the server what stood there: whoever else has changed it since is not overwritten unawares.
  async save(form) {
    const { value, seen } = form.elements
    if (value.value === seen.value && !one("[role=alert]", form)) return
    if (form.ariaBusy === "true") return // it looks again once it has its answer
    form.ariaBusy = "true"
    const sent = value.value
    try {
      const answer = await post(form.action, new URLSearchParams(new FormData(form)))
      if (value.value === sent) stands(value, answer.value)
      seen.value = answer.value
      this.say(form, "Saved")
      announce(`${labelOf(form)}: saved`)
      leave(form.closest(".rename"))
      applyStreams(answer.streams)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.refused(form, error)
    }
    form.ariaBusy = "false"
    if (value.value !== sent && value.value !== seen.value) this.save(form)
  }

  refused(form, { message, body }) {
    if (body.current === undefined) return this.say(form, message, true)
    const { value, seen } = form.elements
    const choice = clone("known-conflict", { sentence: message })
    one("[data-mine]", choice).addEventListener("click", () => ((seen.value = body.current), this.save(form)))
    one("[data-theirs]", choice).addEventListener("click", () => {
      stands(value, body.current)
      seen.value = body.current
      this.say(form, "")
      value.focus()
    })
    this.say(form, choice, true)
  }

  say(form, what, isBad = false) {
    const place = one("[data-said]", form)
    place.replaceChildren(what)
    place.classList.toggle("known__said--bad", isBad)
    form.elements.value.ariaInvalid = isBad ? "true" : null
    if (isBad) place.setAttribute("role", "alert")
    else place.removeAttribute("role")
  }

  // --- what others change ---

  // `part`: the same panel as the server has it now. Cards without words of one's own are taken as they come; in the
  // others each field for itself.
  take(part) {
    const coming = all(":scope > [data-piece]", one("customer-panel", part))
    const there = all(":scope > [data-piece]", this)
    for (const card of there) if (!coming.some(({ id }) => id === card.id) && !isWritten(card)) card.remove()
    let last = null
    for (const card of coming) {
      const known = there.find(({ id }) => id === card.id)
      if (!known && last) last.after(card)
      else if (!known) this.prepend(card)
      else this.put(known, card)
      last = document.getElementById(card.id)
    }
  }

  put(known, piece) {
    const inner = all("[data-piece]", piece)
    if (isSame(known, piece) || one(".files .files", known)) return // older files that were asked for stay
    if (inner.length && isWritten(known)) {
      for (const each of inner) {
        const there = document.getElementById(each.id)
        if (there) this.put(there, each)
      }
    } else if (!isWritten(known)) {
      keepOpen(known, piece)
      exchange(known, piece)
    }
  }

  // A message that came or changed: with files, the list of them is another one by now.
  heard(element) {
    if (!element.matches?.(".message") || !one("[data-enlarge], .file, video, audio", element)) return
    clearTimeout(this.asking)
    this.asking = setTimeout(() => this.freshFiles(), FOLD)
  }

  async freshFiles() {
    const list = one("[data-card=files] > .files", this)
    try {
      const fresh = parse(await getText(list.dataset.src))
      if (!one(".files", list) && !list.isEqualNode(fresh)) exchange(list, fresh)
    } catch (error) {
      if (!(error instanceof Problem)) throw error // it comes with the next look at the ticket
    }
  }

  async olderFiles(event, link) {
    event.preventDefault()
    try {
      link.replaceWith(parse(await getText(link.href)))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      toast(error.message)
    }
  }
}

// The value is what the server has.
function stands(field, value) {
  if (field.matches("select")) for (const option of field.options) option.defaultSelected = option.value === value
  else field.defaultValue = value
  field.value = value
}

// The name stands above again.
function leave(details) {
  if (!details) return
  if (details.contains(document.activeElement)) one("summary", details).focus()
  details.open = false
}

const labelOf = (form) => one("label", form)?.textContent ?? ""

function isSame(known, piece) {
  if (!known.matches("form[data-known]")) return known.isEqualNode(piece)
  return known.elements.seen.value === one("[name=seen]", piece).value
}

// Has it words that the server does not have, or is something of it under way?
function isWritten(piece) {
  if (piece.matches("form[aria-busy=true]") || one("form[aria-busy=true]", piece)) return true
  return all("input:not([type=hidden]), textarea, select", piece).some(isDirty)
}

function isDirty(field) {
  if (!field.matches("select")) return field.value !== field.defaultValue
  const stood = [...field.options].find((option) => option.defaultSelected) ?? field.options[0]
  return field.value !== stood.value
}

function keepOpen(known, piece) {
  if (piece.matches("details")) piece.open = known.open
  for (const details of all("details[data-edit]", piece)) details.open = isOpen(details)
}

const isOpen = (details) => Boolean(details.id && document.getElementById(details.id)?.open)

// The browser knows all zones: they are listed once somebody looks for one.
function fillZones() {
  if (document.getElementById("zones")) return
  const list = document.createElement("datalist")
  list.id = "zones"
  list.append(...Intl.supportedValuesOf("timeZone").map((zone) => Object.assign(document.createElement("option"), { value: zone })))
  document.body.append(list)
}

customElements.define("customer-panel", CustomerPanel)
