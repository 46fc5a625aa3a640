"""The WSGI application of the `web` process and of `flask --app wsgi …`."""

from helpdesk.app import create_app

app = create_app()
