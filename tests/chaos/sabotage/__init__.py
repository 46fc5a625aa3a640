"""Would the harness notice? Deliberate defects, each of which it must find: `python3 -m helpdesk sabotage`."""
