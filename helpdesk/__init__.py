"""A helpdesk for direct messages. Importing it needs nothing but Python: the factory lives in `helpdesk.app`."""
