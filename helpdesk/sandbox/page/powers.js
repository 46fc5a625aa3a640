// Behind the glass: faults that can be armed, the person's settings, the business's own app, the clock, and the webhooks.

import { get, post, remove } from "/page/api.js"
import { el, icon } from "/page/dom.js"

const HOUR = 3600
const TONES = { delivered: "good", waiting: "warn", retrying: "warn", held: "warn", failed: "bad" }

export class Powers {
  #choice = el("section.card")
  #person = el("section.card")
  #time = el("section.card")
  #app = el("section.card", { hidden: true })
  #log = el("section.card")
  #chosen = { inbox: "", customer: "" }
  #complain
  #offers = [] // [{ label, match, do }]
  #faults = []
  #armed = el("div")

  constructor(place, complain) {
    this.#complain = complain
    place.append(this.#person, this.#choice, this.#app, this.#time, this.#log)
    this.#drawApp()
    this.#drawChoice()
  }

  show(state, chosen, reading) {
    this.#chosen = chosen
    this.#drawPerson(state.customers.find((one) => one.id === chosen.customer), reading)
    this.#app.hidden = !chosen.customer
    this.#drawFaults(state.faults)
    this.#drawTime(state.clock)
    this.#drawLog(state.deliveries)
  }

  #do(promise) {
    promise.catch((error) => this.#complain(error.message))
  }

  #drawChoice() {
    const select = el("select.field", { "aria-label": "What should go wrong" })
    const arm = () => {
      const { match, do: deed } = this.#offers[Number(select.value)]
      this.#do(post("/sandbox/faults", { match, do: deed }))
    }
    const offer = ({ faults: groups }) => {
      this.#offers = groups.flatMap(({ faults }) => faults)
      const option = (fault) => el("option", { value: String(this.#offers.indexOf(fault)) }, fault.label)
      select.replaceChildren(...groups.map(({ group, faults }) => el("optgroup", { label: group }, faults.map(option))))
      this.#drawFaults(this.#faults)
    }
    this.#choice.append(
      el("div.card__head", {}, "Let something go wrong"),
      el("div.card__row", {}, el("div.card__grow", {}, select), el("button.button.button--primary", { type: "button", onclick: arm }, "Arm")),
      this.#armed,
    )
    this.#do(get("/sandbox/catalogue").then(offer))
  }

  #drawFaults(faults) {
    this.#faults = faults
    const rows = faults.map((fault) =>
      el(
        "li.armed",
        {},
        el("span.card__grow", {}, label(fault, this.#offers)),
        el("button.round", { type: "button", title: "Disarm", onclick: () => this.#do(remove(`/sandbox/faults/${fault.id}`)) }, icon("close")),
      ),
    )
    this.#armed.replaceChildren(rows.length ? el("ul.log", {}, rows) : el("p.card__text", {}, "Nothing armed: everything works as it should."))
  }

  #drawPerson(person, reading) {
    if (!person) return this.#person.replaceChildren(el("p.card__text", {}, "Choose a customer."))
    const set = (name) => (event) => this.#do(post(`/sandbox/customers/${person.id}`, { [name]: event.target.checked }))
    this.#person.replaceChildren(
      el("div.card__head", {}, person.name || person.username, el("span.bar__sub", {}, `@${person.username}`)),
      toggle("Reads what is on the screen", reading.isOn, (event) => reading.set(event.target.checked)),
      toggle("Has blocked the business", person.has_blocked, set("has_blocked")),
      toggle("Hides the profile", person.is_profile_refused, set("is_profile_refused")),
    )
  }

  #drawApp() {
    const words = el("input.field", { "aria-label": "What the business writes", placeholder: "We close at six today" })
    const send = (event) => {
      event.preventDefault()
      const text = words.value.trim() || words.placeholder
      words.value = ""
      this.#do(post(`/sandbox/accounts/${this.#chosen.inbox}/app-messages`, { customer: this.#chosen.customer, text }))
    }
    this.#app.append(
      el("div.card__head", {}, "Answer in the business's own app"),
      el("form.card__row", { onsubmit: send }, el("div.card__grow", {}, words), el("button.button", { type: "submit" }, "Send")),
      el("p.card__text", {}, "The desk learns of it by an echo."),
    )
  }

  #drawTime(time) {
    const shift = (wish) => () => this.#do(post("/sandbox/clock", wish))
    const hours = Math.round(time.offset_seconds / HOUR)
    this.#time.replaceChildren(
      el("div.card__head", {}, "The platform's clock", el("span.chip", {}, hours ? `${hours > 0 ? "+" : ""}${hours} h` : "now")),
      el(
        "div.card__row",
        {},
        el("button.button", { type: "button", onclick: shift({ by_seconds: HOUR }) }, "+1 h"),
        el("button.button", { type: "button", onclick: shift({ by_seconds: 24 * HOUR }) }, "+24 h"),
        el("button.button", { type: "button", onclick: shift({ offset_seconds: 0 }) }, "Back to now"),
      ),
      el("p.card__text", {}, "24 hours after the customer's last message the platform refuses answers."),
    )
  }

  #drawLog(deliveries) {
    const rows = deliveries.last.slice(-8).reverse().map((one) => {
      const result = one.status ? `${one.state} ${one.status}` : one.state
      return el(
        "li.log__row",
        { title: one.error },
        el("span", {}, one.event),
        el("span.tabular", {}, one.attempts ? `${one.milliseconds} ms` : ""),
        el(`span.chip${TONES[one.state] ? ".chip--" + TONES[one.state] : ""}`, {}, result),
      )
    })
    this.#log.replaceChildren(
      el("div.card__head", {}, "Webhooks", deliveries.pending ? el("span.chip.chip--warn", {}, `${deliveries.pending} on their way`) : ""),
      rows.length ? el("ul.log", {}, rows) : el("p.card__text", {}, "None sent yet."),
    )
  }
}

function label(fault, offers) {
  const known = offers.find(({ match, do: deed }) => {
    const name = typeof deed === "string" ? deed : Object.keys(deed)[0]
    return match.what === fault.match.what && (name === fault.deed || name === fault.value)
  })
  const words = known?.label ?? `${fault.match.what ?? "anything"}: ${fault.deed} ${fault.value ?? ""}`
  return fault.times === null ? `${words} (always)` : words
}

function toggle(words, isOn, changed) {
  return el("label.switch", {}, words, el("input", { type: "checkbox", role: "switch", checked: isOn, onchange: changed }))
}

export const state = () => get("/sandbox/state")
