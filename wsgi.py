"""The WSGI application of the `web` process and of `flask --app wsgi …`."""

import gc

from helpdesk.app import create_app

app = create_app()
gc.collect()
gc.freeze()  # the process that answers is forked from the one that has loaded it, and shares what nobody touches
