// The phones of make-believe customers: which chat is open, what is done in it, and what the stream says has changed.

import { get, listen, post, upload } from "/page/api.js"
import { Composer } from "/page/composer.js"
import { clock, el, icon, initials } from "/page/dom.js"
import { Powers, state as loadState } from "/page/powers.js"
import { Talk } from "/page/talk.js"

const $ = (id) => document.getElementById(id)
const stage = document.querySelector(".stage")
const chosen = { inbox: "", customer: "" }
let state = { accounts: [], customers: [], chats: [], faults: [], deliveries: { pending: 0, last: [] }, clock: { now: 0, offset_seconds: 0 } }

const reading = {
  isOn: localStorage.getItem("reads") !== "no",
  set(isOn) {
    this.isOn = isOn
    localStorage.setItem("reads", isOn ? "yes" : "no")
    refresh([])
  },
}

function complain(words) {
  $("line").textContent = words
  $("line").classList.toggle("floor__line--bad", Boolean(words))
}

// --- what a customer does

async function say(wish) {
  if (!chosen.customer) return
  talk.close()
  try {
    const answer = await post(`/sandbox/customers/${chosen.customer}/messages`, { inbox: chosen.inbox, ...wish })
    const { state: result, status, error } = answer.delivery
    complain(result === "retrying" ? `The desk did not take it (${status || error}). The platform tries again.` : "")
  } catch (error) {
    complain(error.message)
  }
}

async function sendFile(file) {
  try {
    const { key, type } = await upload(file)
    await say({ attachments: [{ key, type }] })
  } catch (error) {
    complain(error.message)
  }
}

const lineOf = (message) => message.text || message.template?.text || message.template?.elements?.[0]?.title || "an attachment"
const composer = new Composer($("say"), { say, sendFile })
const talk = new Talk($("talk"), {
  react: (message, emoji) =>
    say({ kind: "reaction", mid: message.mid, ...(message.reactions.customer === emoji ? { action: "unreact" } : { emoji }) }),
  unsend: (message) => say({ kind: "unsend", mid: message.mid }),
  edit: (message) => composer.edit(message),
  reply: (message) => composer.reply(message, lineOf(message)),
  tap: ({ title, payload }) => say({ kind: "postback", title, payload }),
  choose: ({ text, payload }) => say({ kind: "quick_reply", text, payload }),
})
const powers = new Powers($("powers"), complain)

async function meetSomebody() {
  try {
    const person = await post("/sandbox/customers")
    open(chosen.inbox, person.id)
    $("say").querySelector("textarea").focus()
  } catch (error) {
    complain(error.message)
  }
}

// --- what is on the screen

function open(inbox, customer) {
  if (customer !== chosen.customer) composer.clear()
  Object.assign(chosen, { inbox, customer })
  if (customer) show("phone")
  history.replaceState(null, "", customer ? `#${inbox}/${customer}` : "#")
  refresh([[inbox, customer]])
}

function show(pane) {
  stage.dataset.pane = pane
}

function drawInboxes() {
  const pick = (account) => () => open(account.account_id, firstCustomer(account.account_id))
  $("inboxes").replaceChildren(
    ...state.accounts.map((account) =>
      el("button.inboxes__item", { type: "button", "aria-pressed": String(account.account_id === chosen.inbox), onclick: pick(account) }, account.name),
    ),
  )
}

const firstCustomer = (inbox) => state.chats.find((chat) => chat.inbox === inbox)?.customer ?? ""

function drawChats() {
  const people = new Map(state.customers.map((one) => [one.id, one]))
  const rows = state.chats.filter((chat) => chat.inbox === chosen.inbox)
  const written = new Set(rows.map((chat) => chat.customer))
  const fresh = state.customers.filter((one) => !written.has(one.id) && (one.id === chosen.customer || !state.chats.some((chat) => chat.customer === one.id)))
  const all = [...fresh.map((one) => ({ customer: one.id, line: "Has not written yet", at: 0, unseen: 0 })), ...rows]
  const rowsNow = all.length ? all.map((chat) => known(chat, people.get(chat.customer))) : [nobody()]
  const place = $("chats")
  if (rowsNow.length !== place.children.length || rowsNow.some((node, at) => node !== place.children[at])) place.replaceChildren(...rowsNow)
}

// Rows are drawn anew only when they changed: there may be hundreds.
const drawn = new Map()

function known(chat, person) {
  const stamp = JSON.stringify([chat, person, chat.customer === chosen.customer])
  const before = drawn.get(chat.customer)
  if (before?.stamp === stamp) return before.node
  const node = row(chat, person)
  drawn.set(chat.customer, { stamp, node })
  return node
}

function row(chat, person) {
  const attributes = { type: "button", "aria-current": String(chat.customer === chosen.customer), onclick: () => open(chosen.inbox, chat.customer) }
  return el(
    chat.unseen ? "button.row.row--unseen" : "button.row",
    attributes,
    el("img.avatar.row__picture", { src: person.picture, alt: "" }),
    el("span.row__name", {}, person.name || person.username),
    el("span.row__at.tabular", {}, chat.at ? clock(chat.at) : ""),
    el("span.row__line", { dir: "auto" }, chat.is_own ? `You: ${chat.line}` : chat.line),
    chat.unseen ? el("span.row__dot", { role: "img", "aria-label": `${chat.unseen} new` }) : el("span"),
  )
}

function nobody() {
  return el(
    "div.empty",
    {},
    el("p", {}, "Nobody has written yet. Be the first customer: make one and say hello."),
    el("button.button.button--primary", { type: "button", onclick: meetSomebody }, icon("plus"), "New customer"),
  )
}

async function drawPhone() {
  const account = state.accounts.find((one) => one.account_id === chosen.inbox)
  $("business-avatar").textContent = account ? initials(account.name) : ""
  $("business-name").textContent = account?.name ?? "No account connected"
  $("business-sub").textContent = account ? `@${account.username}` : "The desk has not told the sandbox of one yet"
  $("say").hidden = !account || !chosen.customer
  const person = state.customers.find((one) => one.id === chosen.customer)
  $("holder").replaceChildren(...(person ? [el("span", {}, person.name || person.username), el("img.avatar.avatar--s", { src: person.picture, alt: "" })] : []))
  if (!account || !person) return $("talk").replaceChildren(account ? nobody() : el("div.empty", {}, el("p", {}, "Waiting for the desk.")))
  const asked = { ...chosen }
  const chat = await get("/sandbox/chat", asked)
  if (asked.customer !== chosen.customer || asked.inbox !== chosen.inbox) return
  talk.show(chat, account)
  const unseen = chat.messages.findLast((one) => one.side === "business" && !one.seen_at && !one.is_unsent)
  const isSeen = document.visibilityState === "visible" && (innerWidth > 760 || stage.dataset.pane === "phone")
  if (unseen && reading.isOn && isSeen) await say({ kind: "read", mid: unseen.mid })
}

// --- what has changed

let timer = 0
let isPhoneDue = false

function refresh(chats) {
  isPhoneDue ||= !chats.length || chats.some(([inbox, customer]) => (!inbox || inbox === chosen.inbox) && (!customer || customer === chosen.customer))
  timer ||= setTimeout(draw, 40)
}

async function draw() {
  timer = 0
  const isPhone = isPhoneDue
  isPhoneDue = false
  try {
    state = await loadState()
    if (!state.accounts.some((one) => one.account_id === chosen.inbox)) chosen.inbox = state.accounts[0]?.account_id ?? ""
    if (!state.customers.some((one) => one.id === chosen.customer)) chosen.customer = firstCustomer(chosen.inbox)
    drawInboxes()
    drawChats()
    powers.show(state, chosen, reading)
    $("wall-clock").textContent = clock(state.clock.now)
    if (isPhone) await drawPhone()
  } catch (error) {
    complain(error.message)
  }
}

for (const place of document.querySelectorAll("[data-icon]")) place.append(icon(place.dataset.icon))
for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => show(button.dataset.show))
$("new-customer").addEventListener("click", meetSomebody)
addEventListener("hashchange", () => {
  const [inbox, customer] = location.hash.slice(1).split("/")
  if (customer) open(inbox, customer)
})
document.addEventListener("visibilitychange", () => refresh([]))
;[chosen.inbox = "", chosen.customer = ""] = location.hash.slice(1).split("/")
if (chosen.customer) show("phone")
listen(refresh)
refresh([])
