// Times in the reader's zone, and stretches of time in the same words as the server's. The server's clock is the one that
// counts: what the page's differs by was measured when it was loaded.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let offset = 0

export function setClock(serverNow) {
  const server = Date.parse(serverNow)
  if (!Number.isNaN(server)) offset = server - Date.now()
}

// The reader's, as the server knows it by name.
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC"

export const now = () => Date.now() + offset

// "now", "4 min", "3 h", "2 d". `fine` adds the minutes to hours: "23 h 36 min".
export function duration(ms, fine = false) {
  const minutes = Math.floor(ms / MINUTE)
  if (minutes < 1) return "now"
  if (minutes < 60) return `${minutes} min`
  if (fine && minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`
  return `${Math.floor(minutes / (24 * 60))} d`
}

// "0:07", "12:30": how long a recording is.
export function length(ms) {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" })
const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" })
const dateFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" })
const dayFormat = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" })

const weekdayFormat = new Intl.DateTimeFormat("en", { weekday: "short" })
const dayMonthFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" })
const secondFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" })

export const secondTime = (date) => secondFormat.format(date)
export const clockTime = (date) => clockFormat.format(date)
export const exactTime = (date) => exactFormat.format(date)
export const shortDate = (date) => dateFormat.format(date)

// "13:04" today, "21 Nov 2026, 13:04" before.
export function moment(date) {
  return dayKey(date) === dayKey(new Date(now())) ? clockTime(date) : `${shortDate(date)}, ${clockTime(date)}`
}

// Of a time to come: "13:04" today, "tomorrow, 13:04", "Thu, 13:04" within a week, "3 Dec" after that.
export function coming(date) {
  const days = Math.round((dayStart(date) - dayStart(new Date(now()))) / DAY)
  if (days <= 0) return clockTime(date)
  if (days === 1) return `tomorrow, ${clockTime(date)}`
  return days < 7 ? `${weekdayFormat.format(date)}, ${clockTime(date)}` : dayMonthFormat.format(date)
}

const dayStart = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate())

export const dayKey = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`

export function dayName(date) {
  const today = new Date(now())
  if (dayKey(date) === dayKey(today)) return "Today"
  if (dayKey(date) === dayKey(new Date(today.getTime() - DAY))) return "Yesterday"
  const year = date.getFullYear() === today.getFullYear() ? "" : ` ${date.getFullYear()}`
  return dayFormat.format(date) + year
}
