// Behind the glass: faults that can be armed, the person's settings, the business's own app, the clock, and the webhooks.

import { get, post, remove } from "/page/api.js"
import { el, icon } from "/page/dom.js"

const FAULTS = [
  ["Next send: refused, window closed", { what: "send" }, "window_closed_10_2534022"],
  ["Next send: refused, person unavailable", { what: "send" }, "user_unavailable_551"],
  ["Next send: refused, rate limit", { what: "send" }, "rate_limit_613_2534040"],
  ["Next send: refused, token expired", { what: "send" }, "token_expired_190_463"],
  ["Next send: refused, account blocked", { what: "send" }, "blocked_368"],
  ["Next send: HTTP 500", { what: "send" }, { status: 500 }],
  ["Next send: answered after 8 seconds", { what: "send" }, { slow: 8 }],
  ["Next send: arrives, but no answer comes", { what: "send" }, { hang_after_accept: 60 }],
  ["Next send: arrives, connection resets", { what: "send" }, "reset_after_accept"],
  ["Next send: connection resets, nothing arrives", { what: "send" }, "reset_before"],
  ["Next send: answered without an id", { what: "send" }, "no_id"],
  ["Next send: no echo", { what: "send" }, "no_echo"],
  ["Next send: echo comes before the answer", { what: "send" }, "echo_before_answer"],
  ["Next webhook: three times at once", { what: "webhook" }, { duplicate: 3, parallel: 3 }],
  ["Next webhook: after the one that follows", { what: "webhook" }, { hold: 1 }],
  ["Next webhook: ten seconds late", { what: "webhook" }, { delay: 10 }],
  ["Next file: gone (404)", { what: "media" }, "not_found"],
  ["Next file: a web page, not a picture", { what: "media" }, "html"],
  ["Next profile: refused (230)", { what: "profile" }, "consent_required_230"],
]
const HOUR = 3600
const TONES = { delivered: "good", waiting: "warn", retrying: "warn", held: "warn", failed: "bad" }

export class Powers {
  #faults = el("section.card")
  #person = el("section.card")
  #time = el("section.card")
  #app = el("section.card", { hidden: true })
  #log = el("section.card")
  #chosen = { inbox: "", customer: "" }
  #complain

  constructor(place, complain) {
    this.#complain = complain
    place.append(this.#person, this.#faults, this.#app, this.#time, this.#log)
    this.#drawApp()
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

  #drawFaults(armed) {
    const select = el("select.field", { "aria-label": "What should go wrong" }, FAULTS.map(([label], number) => el("option", { value: String(number) }, label)))
    select.value = this.#faults.querySelector("select")?.value ?? "0"
    if (document.activeElement?.closest("section") === this.#faults && document.activeElement.matches("select")) return
    const arm = () => {
      const [, match, deed] = FAULTS[Number(select.value)]
      this.#do(post("/sandbox/faults", { match, do: deed }))
    }
    const rows = armed.map((fault) =>
      el(
        "li.armed",
        {},
        el("span.card__grow", {}, label(fault)),
        el("button.round", { type: "button", title: "Disarm", onclick: () => this.#do(remove(`/sandbox/faults/${fault.id}`)) }, icon("close")),
      ),
    )
    this.#faults.replaceChildren(
      el("div.card__head", {}, "Let something go wrong"),
      el("div.card__row", {}, el("div.card__grow", {}, select), el("button.button.button--primary", { type: "button", onclick: arm }, "Arm")),
      rows.length ? el("ul.log", {}, rows) : el("p.card__text", {}, "Nothing armed: everything works as it should."),
    )
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

function label(fault) {
  const known = FAULTS.find(([, match, deed]) => {
    const name = typeof deed === "string" ? deed : Object.keys(deed)[0]
    return match.what === fault.match.what && (name === fault.deed || name === fault.value)
  })
  const words = known?.[0] ?? `${fault.match.what ?? "anything"}: ${fault.deed} ${fault.value ?? ""}`
  return fault.times === null ? `${words} (always)` : words
}

function toggle(words, isOn, changed) {
  return el("label.switch", {}, words, el("input", { type: "checkbox", role: "switch", checked: isOn, onchange: changed }))
}

export const state = () => get("/sandbox/state")
