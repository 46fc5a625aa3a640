"""One's own account: signing in and out, setting a password, seeing and ending one's sessions."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from helpdesk.db import transaction
from helpdesk.domain import agents, passwords, throttle
from helpdesk.errors import HelpdeskError, Invalid
from helpdesk.secrets import PASSWORD_LIMIT
from helpdesk.web import answers, auth
from helpdesk.web.auth import current_agent, current_session, public
from helpdesk.web.browsers import browser_name

bp = Blueprint("account", __name__)
log = structlog.get_logger(__name__)

UNRECOGNISED = "That e-mail address and password do not belong together."


@dataclass(frozen=True)
class SignInForm:
    email: str
    password: str
    next: str

    @classmethod
    def submitted(cls) -> SignInForm:
        """Raises Invalid for what cannot be a password."""
        form = request.form
        if len(form.get("password", "")) > PASSWORD_LIMIT:
            raise Invalid(f"A password has at most {PASSWORD_LIMIT:,} characters.")
        email = agents.clean_email(form.get("email", ""))
        return cls(email, form.get("password", ""), auth.safe_next(form.get("next")))


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The page; for a script, whose page has outlived its session: `{agent, token}`, who is signed in by now (an id, or
    null) and the token for the next change."""
    if answers.wants() is answers.Form.JSON:
        return _standing()
    target = auth.safe_next(request.args.get("next"))
    return redirect(target) if auth.agent_or_none() else _sign_in_page(target=target)


@bp.post("/sign-in")
@public
def submit_sign_in() -> ResponseReturnValue:
    """Leads to where one wanted to go; a script that signs in over its page gets what `sign_in` answers it."""
    is_script = answers.wants() is answers.Form.JSON
    try:
        form = SignInForm.submitted()
        agent_id = _recognise(form)
    except HelpdeskError as problem:
        if is_script:
            raise
        return _sign_in_page(problem, email=request.form.get("email", ""), target=request.form.get("next"))
    with transaction():
        earlier = auth.current_user.get_id() if auth.agent_or_none() else None
        if earlier:
            agents.sign_out(earlier)
        token = agents.sign_in(agent_id, address=request.remote_addr or "", browser=request.user_agent.string)
    auth.remember(token)
    log.info("signed_in", agent_id=agent_id)
    return _standing() if is_script else redirect(form.next)


def _standing() -> Response:
    agent = auth.agent_or_none()
    return jsonify({"agent": agent.id if agent else None, "token": generate_csrf()})


def _recognise(form: SignInForm) -> int:
    """The id of whom the form describes. The try is counted before the password is looked at; raises HelpdeskError."""
    address = throttle.place(request.remote_addr)
    throttle.check(form.email, address=address)
    with transaction():
        throttle.attempt(form.email, address=address)
    throttle.check_counted(form.email, address=address)
    agent_id = agents.recognise(form.email, form.password)
    if agent_id is None:
        log.info("sign_in_failed", address=address)
        raise Invalid(UNRECOGNISED)
    return agent_id


def _sign_in_page(problem: HelpdeskError | None = None, *, email: str = "", target: str | None = None) -> Response:
    page = render_template(
        "auth/sign_in.html", problem=problem and problem.sentence, email=email[:254], next=auth.safe_next(target)
    )
    response = make_response(page, problem.status if problem else 200)
    if problem and "retry_after" in problem.details:
        response.headers["Retry-After"] = str(problem.details["retry_after"])
    return response


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    token = current_session().token
    with transaction():
        agents.sign_out(token)
    auth.forget()
    response = redirect(url_for("account.sign_in"))
    response.headers["Clear-Site-Data"] = '"cache"'  # nor does the back button show what was on the screen
    return response


@bp.get("/set-password/<token>")
@public
def set_password(token: str) -> ResponseReturnValue:
    return _password_page(agents.by_link(token).email)


@bp.post("/set-password/<token>")
@public
def submit_password(token: str) -> ResponseReturnValue:
    agent = agents.by_link(token)
    email, about = agent.email, (agent.email, agent.name)
    try:
        password = passwords.hashed(_typed_twice(), about=about)
    except Invalid as problem:
        return _password_page(email, problem)
    with transaction():
        agents.set_password(token, password)
    auth.forget()
    flash("Your password is set. Sign in with it.")
    return redirect(url_for("account.sign_in"))


def _typed_twice() -> str:
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise Invalid("The two passwords differ. Type the same one twice.")
    return password


def _password_page(email: str, problem: HelpdeskError | None = None) -> Response:
    page = render_template(
        "auth/set_password.html", email=email, problem=problem and problem.sentence, shortest=passwords.SHORTEST
    )
    return make_response(page, problem.status if problem else 200)


@bp.get("/sessions")
def sessions() -> ResponseReturnValue:
    current = current_session().session.id
    found = agents.sessions(current_agent())
    return render_template("auth/sessions.html", sessions=found, current=current, browser_name=browser_name)


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    with transaction():
        agents.end_session(session_id, by=current_agent())
    flash("That browser is signed out.")
    return redirect(url_for("account.sessions"))
