"""gunicorn's settings for tests: the same deadlines, sooner."""

from helpdesk.server import arrival

arrival.ARRIVE_WITHIN = 2.0
arrival.UPLOAD_WITHIN = 3.0
