"""Who is asking. Closed by default: a view without `@public` or `@machine` demands a signed-in agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import DBAPIError

from helpdesk.db import reading, transaction
from helpdesk.domain import agents
from helpdesk.errors import HelpdeskError
from helpdesk.models import Agent, Session
from helpdesk.web import answers

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., Any])


class SignInNeeded(HelpdeskError):
    """Nobody is signed in."""

    status = 401


class SignedIn(UserMixin):
    """An agent in one browser. What the signed cookie keeps of it is the session's token."""

    def __init__(self, token: str, session: Session) -> None:
        self.token = token
        self.session = session
        self.agent: Agent = session.agent

    def get_id(self) -> str:
        return self.token


def public(view: View) -> View:
    """Marks a page that anybody may open. Forgery is still looked for."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def machine(view: View) -> View:
    """Marks a view for programs that prove themselves in another way or need not: no session is looked at, no token
    against forgery is asked for, and any host name will do (webhooks, files for platforms, health)."""
    view.is_public = view.is_machine = True  # type: ignore[attr-defined]
    return view


def is_public(view: Callable[..., Any]) -> bool:
    return getattr(view, "is_public", False)


def is_machine(view: Callable[..., Any]) -> bool:
    return getattr(view, "is_machine", False)


def requested_view() -> Callable[..., Any] | None:
    """The view that will answer; None when no route fits."""
    return current_app.view_functions.get(request.endpoint or "")


def current_agent() -> Agent:
    """Who is asking, unwrapped from Flask-Login's proxy. Raises SignInNeeded."""
    agent = agent_or_none()
    if agent is None:
        raise SignInNeeded("Sign in first.")
    return agent


def agent_or_none() -> Agent | None:
    """Who is asking, None for strangers: for public pages that differ once somebody is signed in."""
    return current_user.agent if current_user.is_authenticated else None


def current_session() -> SignedIn:
    """The browser that is asking. Only in views that demand an agent."""
    signed_in: SignedIn = current_user._get_current_object()
    return signed_in


def remember(token: str) -> None:
    """Makes this browser the session's. Whatever the cookie held before is gone, so that nobody can have planted it."""
    found = agents.by_token(token)
    if found is None:
        raise SignInNeeded("Sign in first.")
    session.clear()
    session.permanent = True
    login_user(SignedIn(token, found))


def forget() -> None:
    """This browser is nobody's from now on."""
    logout_user()
    session.clear()


def init_app(app: Flask) -> None:
    """Teaches Flask-Login our sessions. `security` closes every view that is not marked."""
    app.config["PERMANENT_SESSION_LIFETIME"] = agents.SESSION_LIFE
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False  # `_stay_signed_in` does
    manager = LoginManager()
    app.login_manager = manager  # type: ignore[attr-defined]  # its init_app would open the session for assets too
    manager.session_protection = None  # phones change their address all day
    manager.user_loader(_load)
    app.context_processor(lambda: {"agent_or_none": agent_or_none})


def _load(token: str) -> SignedIn | None:
    found = agents.by_token(token)
    return SignedIn(token, found) if found else None


def demand_agent() -> ResponseReturnValue | None:
    """Before a view that is not public: a living session, or the way to get one."""
    view = requested_view()
    if view is None or is_public(view):
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    _stay_signed_in()
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    """A page leads to the sign-in and back; what a script asked for gets the status and a sentence."""
    if request.method in ("GET", "HEAD") and answers.wants() is answers.Form.PAGE:
        return redirect(url_for("account.sign_in", next=_here()))
    raise SignInNeeded("You are signed out. Sign in again.")


def _stay_signed_in() -> None:
    """Tells the database and the cookie that this session is in use, at most once a minute."""
    used = current_session().session
    if not agents.is_due(used):
        return
    session_id = used.id
    try:
        with transaction():
            agents.seen(session_id)
    except DBAPIError as error:  # it can only be read, or is busy: the page itself may still be answered
        log.warning("a session could not be marked as used", error=type(error).__name__)
        reading()
        return
    session.modified = True


def _here() -> str | None:
    """The address that was asked for, to come back to; None for the start page."""
    here = request.full_path.rstrip("?")
    return None if here == "/" else here


def safe_next(target: str | None) -> str:
    """`target` when it is a path of ours, else "/": nobody is sent to another site from here."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return "/"
    if not target.isascii() or not target.isprintable() or "\\" in target or " " in target:
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc or parts.path.startswith(("//", "/sign-")) else target
