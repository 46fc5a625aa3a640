// The desk's scripts: elements define themselves; the rest listens on the document.

import { alerts } from "./lib/alerts.js"
import { one } from "./lib/dom.js"
import { startDesk } from "./lib/desk.js"
import { startFavicon } from "./lib/favicon.js"
import { startForms } from "./lib/forms.js"
import { ACTIONS, DEEDS } from "./lib/actions.js"
import { startKeys } from "./lib/keys.js"
import { live } from "./lib/live.js"
import { startMenus } from "./lib/menus.js"
import { startSheets } from "./lib/sheets.js"
import { startParts } from "./lib/parts.js"
import { startPresence } from "./lib/presence.js"
import { startSignIn } from "./lib/sign-in.js"
import { readySounds } from "./lib/sounds.js"
import { setClock } from "./lib/time.js"
import { startViewer } from "./lib/viewer.js"
import "./elements/alert-bell.js"
import "./elements/alert-settings.js"
import "./elements/command-palette.js"
import "./elements/connection-state.js"
import "./elements/customer-panel.js"
import "./elements/desk-banners.js"
import "./elements/desk-search.js"
import "./elements/emoji-menu.js"
import "./elements/key-field.js"
import "./elements/key-hint.js"
import "./elements/live-clock.js"
import "./elements/local-time.js"
import "./elements/message-thread.js"
import "./elements/message-composer.js"
import "./elements/ticket-queue.js"
import "./elements/typed-time.js"
import "./elements/view-editor.js"
import "./elements/voice-player.js"
import "./elements/voice-recorder.js"
import "./elements/zone-time.js"

setClock(one('meta[name="server-now"]')?.content)
startFavicon()
readySounds()
startMenus()
startForms()
startSheets()
startSignIn()
startKeys(ACTIONS, DEEDS)
startViewer()
if (one("ticket-queue")) {
  startDesk()
  startParts()
  startPresence()
  live.start()
  alerts.start()
}
