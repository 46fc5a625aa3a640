// Alerts: one tab of the browser asks the server what is to be told, when a change hints at it or when somebody will have
// waited too long, and tells it with a sound and a notification. What was told once is remembered in this browser, so a
// reload, a gap or another tab that takes over tells nothing twice.
//
// Says on `document`: alerted {alerts, sound, desktop}, as `playSound` and `notify` answer (or "rests"); plan {…} when it has
// changed.

import { desk, openNumber, openTicket } from "./desk.js"
import { one, toast } from "./dom.js"
import { getJson, Problem } from "./http.js"
import { told } from "./keep.js"
import { notify } from "./notifications.js"
import { playSound } from "./sounds.js"
import { anyOther, answerAs, hear, lead } from "./tabs.js"
import { now } from "./time.js"

const FOLD = 150 // ms in which hints are answered together
const MOST_KEYS = 200
const MOST_SHOWN = 3 // notifications at once; more are one
const REST = 3_000 // ms between two sounds: of what comes in between one is enough

let rung = -REST // when it sounded last
let endToast = null // of the alert before

class Alerts {
  #isLeading = false
  #isAsking = false
  #isOwed = false // a question that nobody answered
  #folding = 0
  #timer = 0
  #mark = null // {seq, at, keys, plan}, also where the browser keeps nothing

  start() {
    const [upto, at] = ["upto", "server-now"].map((name) => one(`meta[name="${name}"]`)?.content)
    if (!upto) return
    this.#mark = { seq: Number(upto), at, keys: [], plan: null }
    answerAs("looks", (number) => isLooking(number))
    hear("alerts-changed", () => this.#askSoon())
    document.addEventListener("refresh", ({ detail }) => this.#hinted(detail.target))
    document.addEventListener("connection", ({ detail }) => this.#isOwed && isUp(detail.state) && this.#askSoon())
    document.addEventListener("signed-out", () => this.#end())
    addEventListener("storage", ({ key }) => told.isKeptAt(key) && this.#say())
    this.#say()
    lead("alerts", () => {
      this.#isLeading = true
      this.ask()
    })
  }

  // What the agent has chosen, as the last answer said; null before the first.
  get plan() {
    return (told.get() ?? this.#mark)?.plan ?? null
  }

  #hinted(target) {
    const who = /^alerts-(.+)$/.exec(target)?.[1]
    if (who === "everybody" || who === desk().dataset.agent) this.#askSoon()
    if (who === "unassigned" && this.#wantsUnassigned()) this.#askSoon()
  }

  // Whoever begins to wait now is due later than the one whose time the page knows already.
  #wantsUnassigned() {
    const after = this.plan?.after
    return after === 0 || (after !== null && !this.#timer)
  }

  #askSoon() {
    const spread = navigator.locks ? 1 : 1 + 3 * Math.random() // without locks each tab asks: one of them first
    this.#folding ||= setTimeout(() => {
      this.#folding = 0
      this.ask()
    }, FOLD * spread)
  }

  async ask() {
    if (!this.#isLeading) return
    if (this.#isAsking) return this.#askSoon()
    this.#isAsking = true
    try {
      const { seq, at } = this.#from()
      const answer = await getJson(`/alerts/due?seq=${seq}&at=${encodeURIComponent(at)}`)
      this.#isOwed = false
      await this.#take(answer)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.#isOwed = true // the page will be told when the desk is there again
    } finally {
      this.#isAsking = false
    }
  }

  // Where the browser has come to; a browser that was never here begins with what the page shows.
  #from() {
    this.#mark = told.get() ?? this.#mark
    return this.#mark
  }

  // Remembered before it is told: what breaks in between is lost, and never told twice.
  async #take({ upto, at, alerts, next_at: next, ...plan }) {
    const { keys } = this.#from()
    const fresh = alerts.filter(({ key }) => !keys.includes(key))
    this.#mark = { seq: upto, at, keys: [...keys, ...fresh.map(({ key }) => key)].slice(-MOST_KEYS), plan }
    told.set(this.#mark)
    this.#say()
    this.#wait(next)
    const unseen = await asyncFilter(fresh, ({ number }) => isBeforeNobody(number))
    if (unseen.length) await tell(unseen, plan)
  }

  #wait(next) {
    clearTimeout(this.#timer)
    this.#timer = next ? setTimeout(() => this.#due(), Math.max(0, Date.parse(next) - now()) + 50) : 0
  }

  #due() {
    this.#timer = 0
    this.ask()
  }

  #say() {
    if (this.plan) document.dispatchEvent(new CustomEvent("plan", { detail: this.plan }))
  }

  #end() {
    this.#isLeading = false
    clearTimeout(this.#timer)
  }
}

async function tell(alerts, plan) {
  const sound = await ring(plan)
  const shown = alerts.length > MOST_SHOWN ? [together(alerts)] : alerts
  const answers = plan.desktop ? shown.map(show) : ["off"]
  const desktop = answers.at(-1)
  if (desktop !== "shown" && !document.hidden) sayHere(alerts)
  document.dispatchEvent(new CustomEvent("alerted", { detail: { alerts, sound, desktop } }))
}

// "rests" so soon after the last time, and while somebody speaks: it would be heard in the recording.
async function ring(plan) {
  if (performance.now() - rung < REST || one("voice-recorder:not([hidden])")) return "rests"
  const answer = await playSound(plan.sound, plan.volume)
  if (answer === "played") rung = performance.now()
  return answer
}

// At the page's edge, one at a time: several would cover what one works on.
function sayHere(alerts) {
  const { title, text } = alerts.length > 1 ? together(alerts) : alerts[0]
  endToast?.()
  endToast = toast(`${title}: ${text}`, 10)
}

const show = ({ key, title, text, number }) =>
  notify({ title, text, tag: key, chosen: () => number && openTicket(number) })

function together(alerts) {
  const names = [...new Set(alerts.map(({ title }) => title))]
  const others = names.length - 2
  const text = others > 0 ? `${names.slice(0, 2).join(", ")} and ${others} other${others > 1 ? "s" : ""}` : names.join(", ")
  return { key: "several", title: `${alerts.length} tickets want you`, text, number: null }
}

// Has the agent this ticket before them, in this tab or another?
const isBeforeNobody = async (number) => !isLooking(number) && !(await anyOther("looks", number))

function isLooking(number) {
  return document.hasFocus() && openNumber() === number && Boolean(one("message-thread")?.checkVisibility())
}

async function asyncFilter(items, isSo) {
  const answers = await Promise.all(items.map(isSo))
  return items.filter((_, place) => answers[place])
}

const isUp = (state) => state === "live" || state === "reconnecting"

export const alerts = new Alerts()
