"""The server under `web`. It stands apart from `helpdesk.web`: gunicorn's parent process imports it, and only it.

With the application in the parent too, memory grew from 103 to 143 MB.
"""
