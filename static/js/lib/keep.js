// What must survive a reload: drafts, by ticket and kind, messages that the server has not confirmed, and which alerts were
// told. In this browser only, under the agent's id, so that two people at one computer do not read each other's.

const MOST_UNSENT = 50

const agent = () => document.querySelector(".desk")?.dataset.agent ?? ""
const key = (name) => `helpdesk:${agent()}:${name}`

function read(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key(name))) ?? fallback
  } catch {
    return fallback // storage is switched off, or somebody wrote into it
  }
}

function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(key(name))
    else localStorage.setItem(key(name), JSON.stringify(value))
  } catch {
    // full or switched off: the page works on, without a net
  }
}

// Records: {text, revision, isUnsaved}: what this browser has of a draft, and whether the server has it, too.
export const draft = {
  key: (number, kind) => key(`draft:${number}:${kind}`),
  get: (number, kind) => read(`draft:${number}:${kind}`, null),
  set(number, kind, record) {
    write(`draft:${number}:${kind}`, record.text || record.isUnsaved ? record : null)
    document.dispatchEvent(new CustomEvent("drafted", { detail: { number } }))
  },
}

// Which cards beside the thread are open: {name: true or false}, of those that the agent has touched.
export const cards = {
  get: () => read("cards", {}),
  set: (name, isOpen) => write("cards", { ...read("cards", {}), [name]: isOpen }),
}

// Names of what was done last in the palette, the newest first.
export const recent = {
  get: () => read("recent", []),
  add: (name) => write("recent", [name, ...read("recent", []).filter((other) => other !== name)].slice(0, 8)),
}

// Up to where alerts were told: {seq, at, keys, plan}.
export const told = {
  get: () => read("alerts", null),
  set: (mark) => write("alerts", mark),
  isKeptAt: (name) => name === key("alerts"),
}

// Entries: {clientId, number, kind, text, uploads: [{id, name}], replyTo, quote, options, card, isHeart, then, until, zone, draft, at, tries}.
export const unsent = {
  of: (number) => read("unsent", []).filter((entry) => entry.number === number),
  find: (clientId) => read("unsent", []).find((entry) => entry.clientId === clientId),
  keep(entry) {
    const others = read("unsent", []).filter((each) => each.clientId !== entry.clientId)
    write("unsent", [...others, entry].slice(-MOST_UNSENT))
  },
  drop(clientId) {
    const all = read("unsent", [])
    const others = all.filter((each) => each.clientId !== clientId)
    if (others.length < all.length) write("unsent", others.length ? others : null)
  },
}
