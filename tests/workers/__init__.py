"""Workers as processes of their own: how they begin, end, and are ended."""
