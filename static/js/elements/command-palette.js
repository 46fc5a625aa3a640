// <command-palette>: everything that can be done here, found by words. What it does is what the page's own buttons and
// links do; what was done last comes first.

import { ACTIONS, DEEDS } from "../lib/actions.js"
import { openNumber, openTicket, openView } from "../lib/desk.js"
import { all, announce, clone, listen, one, toast } from "../lib/dom.js"
import { getJson, Problem } from "../lib/http.js"
import { recent } from "../lib/keep.js"
import { isComposing, keyOf, named } from "../lib/keys.js"
import { fill } from "../lib/menus.js"
import { scored } from "../lib/words.js"
import { zone } from "../lib/time.js"

const MOST = 60 // lines
const TICKET = "The open ticket" // what one is at, comes first
const MENUS = ["hands", "standing"]

class CommandPalette extends HTMLElement {
  connectedCallback() {
    this.dialog = one("[data-palette]", this)
    this.query = one("[data-query]", this)
    this.list = one("[role=listbox]", this)
    this.query.addEventListener("input", () => this.typed())
    this.dialog.addEventListener("keydown", (event) => this.pressed(event))
    listen(this, "click", ".palette__item", (_, item) => this.run(this.shown[all(".palette__item", this).indexOf(item)]))
    listen(document, "click", "[data-open-palette]", () => this.toggle())
  }

  toggle() {
    if (this.dialog.open) return this.dialog.close()
    this.query.value = ""
    this.typedCommand = null
    this.gather()
    this.dialog.showModal()
    this.draw()
    this.gatherMenus()
  }

  // --- what there is ---

  // Commands: {name, words, group, pieces, press}.
  gather() {
    const actions = ACTIONS.filter(({ name }) => DEEDS[name].isHere()).map((action) => ({ ...action, press: DEEDS[action.name].press }))
    const [about, others] = [true, false].map((is) => actions.filter(({ group }) => (group === TICKET) === is))
    this.commands = [...about, ...this.fromMenus(), ...others, ...this.places()]
  }

  // The open ticket's buttons: to whom it can be given, until when put off, …
  async gatherMenus() {
    if (!openNumber()) return
    try {
      await Promise.all(MENUS.map(fill))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return toast(error.message)
    }
    if (!this.dialog.open) return
    this.gather()
    this.draw()
  }

  fromMenus() {
    return all("#pane [data-command]:not(:disabled)").map((button) => {
      const words = button.dataset.command
      return { name: words, words, group: TICKET, press: () => pressAgain(words) }
    })
  }

  places() {
    const links = all("a", document.getElementById("palette-places").content)
    const views = all(".choice__menu a[data-view]") // with the agent's own, where the list is on the page
    const others = links.filter((link) => !views.length || !link.dataset.view)
    return [...views, ...others].map((link) => {
      const words = link.firstChild.textContent.trim()
      return { name: link.getAttribute("href"), words, group: link.dataset.group ?? "View", press: () => go(link) }
    })
  }

  // --- finding ---

  typed() {
    this.typedCommand = null
    this.draw()
    this.understand(this.query.value.trim())
  }

  // "1113" is a ticket; "snooze tomorrow 9" and "tag vip" say more than a name.
  async understand(text) {
    const [, number] = /^#?(\d{1,18})$/.exec(text) ?? []
    if (number) return this.offer({ words: `Open ticket ${number}`, group: "Ticket", press: () => openByNumber(Number(number)) })
    const [, what, rest] = /^(snooze|tag)\s+(?:until\s+)?(.+)$/i.exec(text) ?? []
    if (!what || !openNumber()) return
    if (what.toLowerCase() === "tag") return this.offer({ words: `Add the tag “${rest}”`, group: TICKET, press: () => addTag(rest) })
    try {
      const { words } = await getJson(`/typed-time?${new URLSearchParams({ text: rest, zone })}`)
      if (this.query.value.trim() === text) this.offer({ words: `Snooze until ${words}`, group: TICKET, press: () => snooze(rest) })
    } catch (error) {
      if (!(error instanceof Problem)) throw error // not a time (yet)
    }
  }

  offer(command) {
    this.typedCommand = command
    this.draw()
  }

  draw() {
    const last = recent.get()
    const place = ({ name }) => (last.includes(name) ? last.indexOf(name) : last.length)
    const query = this.query.value.trim()
    const found = query
      ? scored(this.commands, query, (command) => (last.includes(command.name) ? 1 : 0))
      : [...this.commands].sort((one, other) => place(one) - place(other))
    this.shown = [...(this.typedCommand ? [this.typedCommand] : []), ...found].slice(0, MOST)
    this.list.replaceChildren(...this.shown.map(line))
    one("[data-nothing]", this).hidden = this.shown.length > 0
    this.choose(0)
  }

  // --- choosing ---

  pressed(event) {
    if (isComposing(event)) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const isOwnKey = keyOf(event) === ACTIONS.find(({ name }) => name === "palette")?.key
    if (!step && event.key !== "Enter" && !isOwnKey) return
    event.preventDefault()
    if (isOwnKey) this.dialog.close()
    else if (step) this.choose((this.at + step + this.shown.length) % (this.shown.length || 1))
    else this.run(this.shown[this.at])
  }

  choose(at) {
    this.at = at
    const items = all(".palette__item", this)
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === at)))
    items[at]?.scrollIntoView({ block: "nearest" })
    if (items[at]) this.query.setAttribute("aria-activedescendant", items[at].id)
    else this.query.removeAttribute("aria-activedescendant")
  }

  run(command) {
    if (!command) return
    this.dialog.close() // the keyboard is back where it was
    if (command.name) recent.add(command.name)
    announce(command.words)
    command.press()
  }
}

function line({ words, group, pieces = [] }, place) {
  const item = clone("palette-item", { words, group, key: pieces.map(named).join(" ") })
  item.id = `palette-${place}`
  return item
}

// --- what they do ---

function go(link) {
  if (link.dataset.view && one("ticket-queue")) openView(link.dataset.view)
  else location.assign(link.getAttribute("href"))
}

function openByNumber(number) {
  if (one("ticket-queue")) openTicket(number)
  else location.assign(`/tickets/${number}`)
}

// The button of that name, which a change to the ticket may have taken away in between.
async function pressAgain(words) {
  const button = () => all("#pane [data-command]").find((each) => each.dataset.command === words)
  if (!button()) await Promise.all(MENUS.map(fill))
  if (button()) button().click()
  else toast("That cannot be done any more.")
}

async function snooze(text) {
  const field = one("[data-act=snooze]", await fill("standing"))
  if (!field) return toast("A closed ticket cannot be snoozed. Reopen it first.")
  field.value = text
  field.form.requestSubmit()
}

async function addTag(name) {
  const field = one("[data-act=tags]", await fill("standing"))
  field.value = [field.value, name].filter(Boolean).join(", ")
  field.form.requestSubmit()
}

customElements.define("command-palette", CommandPalette)
